extern alias Manifests;
using System.Xml.Linq;
using Gateway.Core;
using Gateway.Host.Kubernetes;
using Gateway.Host.Logging;
using Gateway.Host.Telemetry;
using Gateway.Tests.House;
using Manifests::k8s.Models;

namespace Gateway.Tests.Manifests;

/// <summary>What the deployment says beside the specification's own lines, which Spec/HorizontalScalingTests holds.</summary>
public sealed class DeploymentTests
{
    private readonly V1Deployment _deployment = ManifestSet.OfBase().Gateway;

    private V1PodSpec Pod => _deployment.Spec.Template.Spec;

    private V1Container Container => Pod.Containers.Single();

    [Fact]
    public void Probes_AskTheGatewaysOwnPathsEachAnother() =>
        new[] { Container.StartupProbe, Container.LivenessProbe, Container.ReadinessProbe }
            .Select(static probe => (probe.HttpGet.Path, probe.HttpGet.Port.Value))
            .Should().Equal(("/health", "http"), ("/health/live", "http"), ("/health/ready", "http"));

    [Fact]
    public void Readiness_FallsAtTheFirstNo_BeforeTheDrainDelayIsOver()
    {
        Container.ReadinessProbe.FailureThreshold.Should().Be(1);
        TimeSpan.FromSeconds(Container.ReadinessProbe.PeriodSeconds!.Value).Should().BeLessThan(GatewayConfiguration.Options.Shutdown.DrainDelay);
    }

    [Fact]
    public void GracePeriod_IsLongerThanTheGatewayDrains()
    {
        GatewayOptions options = GatewayConfiguration.Options;
        TimeSpan drains = options.Shutdown.DrainDelay + options.Shutdown.DrainTimeout;
        TimeSpan.FromSeconds(Pod.TerminationGracePeriodSeconds!.Value).Should()
            .BeGreaterThan(drains + OtlpExport.LongestFlush + HostLog.FlushTimeout, "traces are sent after it, and then logs are written");
    }

    [Fact]
    public void Arguments_NameTheConfigMapsFile()
    {
        Container.Args.Should().Equal("run", "--config", "/etc/gateway/gateway.json");
        V1VolumeMount mount = Container.VolumeMounts.Single(static mount => mount.MountPath == "/etc/gateway");
        mount.SubPath.Should().BeNull("what is mounted by itself is not renewed when the ConfigMap changes");
        Pod.Volumes.Single(volume => volume.Name == mount.Name).ConfigMap.Name.Should().Be(GatewayConfiguration.ConfigMap.Metadata.Name);
    }

    [Fact]
    public void Image_IsOfTheVersionThatIsBuilt()
    {
        string version = XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("Version").Single().Value;
        Container.Image.Should().Be($"api-gateway:{version}");
    }

    [Fact]
    public void RuntimeSettings_AreTheFastBuilds() =>
        Container.Env.Select(static variable => (variable.Name, variable.Value)).Should().BeEquivalentTo(
        [
            ("DOTNET_GCHeapHardLimitPercent", "3C"),
            ("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1"),
        ]);

    [Fact]
    public void Role_IsWhatDiscoveryNeedsAndNothingElse()
    {
        V1PolicyRule rule = ManifestSet.OfBase().Of<V1Role>().Single().Rules.Should().ContainSingle().Which;
        rule.ApiGroups.Should().Equal("discovery.k8s.io");
        rule.Resources.Should().Equal("endpointslices");
        rule.Verbs.Should().Equal("get", "list", "watch");
    }

    [Fact]
    public void AccountsToken_IsOfAnHour_AndWhereTheGatewayLooksForIt()
    {
        Pod.AutomountServiceAccountToken.Should().BeFalse("that one would be of a year");
        V1VolumeMount mount = Container.VolumeMounts.Single(static mount => mount.MountPath == KubernetesAccess.ServiceAccount);
        mount.ReadOnlyProperty.Should().BeTrue();
        mount.SubPath.Should().BeNull("what is mounted by itself is not renewed");
        IList<V1VolumeProjection> sources = Pod.Volumes.Single(volume => volume.Name == mount.Name).Projected.Sources;
        V1ServiceAccountTokenProjection token = sources.Single(static source => source.ServiceAccountToken is not null).ServiceAccountToken;
        token.Path.Should().Be("token");
        token.Audience.Should().BeNull("it is the API server's own");
        token.ExpirationSeconds.Should().Be(3600, "the API server extends those of 3607 s, the usual, to a year");
        V1ConfigMapProjection authorities = sources.Single(static source => source.ConfigMap is not null).ConfigMap;
        (authorities.Name, authorities.Items.Single().Path).Should().Be(("kube-root-ca.crt", "ca.crt"));
        V1DownwardAPIVolumeFile place = sources.Single(static source => source.DownwardAPI is not null).DownwardAPI.Items.Single();
        (place.Path, place.FieldRef.FieldPath).Should().Be(("namespace", "metadata.namespace"));
    }
}
