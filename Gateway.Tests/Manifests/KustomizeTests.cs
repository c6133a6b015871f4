extern alias Manifests;
using Gateway.Tests.House;
using Gateway.Tests.Kit;
using Manifests::k8s.Models;

namespace Gateway.Tests.Manifests;

/// <summary>What <c>kubectl kustomize</c> makes of the base and of each component upon it.</summary>
public sealed class KustomizeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-kustomize-");

    public void Dispose() => _folder.Delete(recursive: true);

    [FactNeeds("kubectl")]
    public async Task Base_IsItsFiles()
    {
        ManifestSet rendered = await ManifestSet.RenderAsync("k8s/base");

        Names(rendered).Should().BeEquivalentTo(Names(ManifestSet.OfBase()));
        rendered.Gateway.Spec.Replicas.Should().Be(3);
    }

    [FactNeeds("kubectl")]
    public async Task Hpa_GetsTheReplicas_AndCountsProcessorTimeNotAShare()
    {
        ManifestSet set = await WithComponentAsync("hpa");

        set.Gateway.Spec.Replicas.Should().BeNull("whoever applies this again must not undo what the autoscaler did");
        V2HorizontalPodAutoscalerSpec scaler = set.Of<V2HorizontalPodAutoscaler>().Single().Spec;
        V2MetricTarget target = scaler.Metrics.Single().Resource.Target;
        target.Type.Should().Be("AverageValue");
        target.AverageUtilization.Should().BeNull();
        decimal limit = set.Gateway.Spec.Template.Spec.Containers[0].Resources.Limits["cpu"].ToDecimal();
        target.AverageValue.ToDecimal().Should().Be(limit / 2, "the specification wants CPU usage below 50 %");
        scaler.MinReplicas.Should().Be(3, "the specification starts with three");
        scaler.Behavior.ScaleDown.StabilizationWindowSeconds.Should().BeGreaterThanOrEqualTo(300);
    }

    [FactNeeds("kubectl")]
    public async Task Redis_IsNamedToTheGateway_AndBothMayMeet()
    {
        ManifestSet set = await WithComponentAsync("redis");

        Variables(set).Should().Contain("Gateway__RateLimitStore__Kind", "Redis").And.Contain("Gateway__RateLimitStore__Redis", "redis:6379");
        V1Service service = set.Of<V1Service>().Single(static service => service.Metadata.Name == "redis");
        service.Spec.Ports.Single().Port.Should().Be(6379);
        Allowed(set, "redis", static policy => policy.Spec.Ingress.SelectMany(static rule => rule.Ports)).Should().Equal("6379");
        Allowed(set, "api-gateway", static policy => ManifestSet.Each(policy.Spec.Egress).SelectMany(static rule => rule.Ports)).Should().Contain("6379");
    }

    [FactNeeds("kubectl")]
    public async Task Redis_HasBoundsAndKeepsNothing()
    {
        ManifestSet set = await WithComponentAsync("redis");

        V1Container redis = set.Deployments.Single(static one => one.Metadata.Name == "redis").Spec.Template.Spec.Containers.Single();
        string arguments = string.Join(' ', redis.Args);
        arguments.Should().Contain("--maxmemory 96mb").And.Contain("--maxmemory-policy volatile-ttl").And.Contain("--save  --appendonly no");
        redis.Resources.Limits["memory"].ToDecimal().Should().BeGreaterThan(96 * 1024 * 1024 * 1.25m, "connections have buffers beside what is stored");
    }

    [FactNeeds("kubectl")]
    public async Task Monitoring_OpensTheAdminPortWithATokenForPrometheusAlone()
    {
        ManifestSet set = await WithComponentAsync("monitoring");

        Variables(set).Should().Contain("Gateway__Admin__Url", "http://0.0.0.0:9100").And.Contain("Gateway__Admin__TokenFile", "/etc/gateway-admin/token");
        V1PodSpec pod = set.Gateway.Spec.Template.Spec;
        V1Volume volume = pod.Volumes.Single(static volume => volume.Secret is not null);
        volume.Secret.SecretName.Should().Be("api-gateway-admin");
        pod.Containers[0].VolumeMounts.Single(mount => mount.Name == volume.Name).MountPath.Should().Be("/etc/gateway-admin");
        V1NetworkPolicy policy = set.Of<V1NetworkPolicy>().Single(static policy => policy.Metadata.Name == "api-gateway-admin");
        V1NetworkPolicyIngressRule rule = policy.Spec.Ingress.Single();
        rule.Ports.Single().Port.Value.Should().Be("9100");
        rule.FromProperty.Single().NamespaceSelector.MatchLabels.Should().Contain("kubernetes.io/metadata.name", "monitoring");
    }

    [FactNeeds("kubectl")]
    public async Task ServiceMonitor_AsksTheAdminServiceAlone_AndLeavesTheGatewaysLabels()
    {
        ManifestSet set = await WithComponentAsync("monitoring");

        ServiceMonitorSpec monitor = set.Of<ServiceMonitor>().Single().Spec;
        set.Of<V1Service>().Where(service => ManifestSet.Selects(monitor.Selector.MatchLabels, service.Metadata.Labels))
            .Should().ContainSingle().Which.Spec.Ports.Single().Port.Should().Be(9100);
        MonitoredEndpoint endpoint = monitor.Endpoints.Single();
        endpoint.Path.Should().Be("/metrics");
        endpoint.HonorLabels.Should().BeTrue("'service' and 'instance' are the gateway's own words, and Prometheus would rename them");
        monitor.JobLabel.Should().Be("app", "the rules ask for job=\"api-gateway\"");
    }

    [FactNeeds("kubectl")]
    public async Task WithoutMonitoring_TheAdminPortIsOnLoopbackAlone()
    {
        ManifestSet set = await ManifestSet.RenderAsync("k8s/base");

        Variables(set).Keys.Should().NotContain(static name => name.StartsWith("Gateway__", StringComparison.Ordinal));
        set.Gateway.Spec.Template.Spec.Containers[0].Ports.Select(static port => port.ContainerPort).Should().Equal(8000);
    }

    [FactNeeds("kubectl")]
    public async Task Secrets_AreTheOperatorsAlone() =>
        (await ManifestSet.RenderAsync("k8s/overlays/production")).Of<V1Secret>().Should().BeEmpty("one in a repository is none");

    [FactNeeds("kubectl")]
    public async Task OverlaysNamespace_IsEveryObjectsAndTheAccountsInTheBinding()
    {
        ManifestSet set = ManifestSet.Parse(await KustomizeAsync("namespace: shop", "../base"));

        set.Of<V1RoleBinding>().Single().Subjects.Single().NamespaceProperty.Should().Be("shop");
        set.Gateway.Metadata.NamespaceProperty.Should().Be("shop");
    }

    private Task<ManifestSet> WithComponentAsync(string component) => RenderAsync($"components: [ ../components/{component} ]");

    private async Task<ManifestSet> RenderAsync(string more) => ManifestSet.Parse(await KustomizeAsync(more, "../base"));

    /// <summary>An overlay of a user's own, beside copies of ours: kustomize wants relative paths.</summary>
    private async Task<string> KustomizeAsync(string more, string resource)
    {
        foreach (string file in Repository.Files.Where(static file => file.StartsWith("k8s/", StringComparison.Ordinal)))
        {
            string copy = Path.Combine(_folder.FullName, file["k8s/".Length..]);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            await File.WriteAllTextAsync(copy, Repository.Read(file));
        }

        string overlay = _folder.CreateSubdirectory("overlay").FullName;
        await File.WriteAllTextAsync(
            Path.Combine(overlay, "kustomization.yaml"),
            $"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [ {resource} ]\n{more}\n");
        return await ManifestSet.KustomizeAsync(overlay);
    }

    private static IEnumerable<string> Names(ManifestSet set) =>
        set.Of<Manifests::k8s.IKubernetesObject<V1ObjectMeta>>().Select(static one => $"{one.Kind} {one.Metadata.Name}");

    private static Dictionary<string, string> Variables(ManifestSet set) =>
        set.Gateway.Spec.Template.Spec.Containers[0].Env.ToDictionary(static variable => variable.Name, static variable => variable.Value);

    private static IEnumerable<string> Allowed(ManifestSet set, string app, Func<V1NetworkPolicy, IEnumerable<V1NetworkPolicyPort>> ports) =>
        set.Of<V1NetworkPolicy>().Where(policy => policy.Spec.PodSelector.MatchLabels["app"] == app).SelectMany(ports).Select(static port => port.Port.Value);
}
