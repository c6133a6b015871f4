using System.Text;
using System.Text.RegularExpressions;
using Gateway.Core;
using Microsoft.Extensions.Configuration;

namespace Gateway.Tests.House;

/// <summary>The manifests say what the spec says, and hold a configuration that the gateway accepts.</summary>
public sealed class KubernetesTests
{
    private readonly string _deployment = Repository.Read("k8s/deployment.yaml");

    [Theory]
    [InlineData("name: api-gateway")]
    [InlineData("app: api-gateway")]
    [InlineData("replicas: 3")]
    [InlineData("name: gateway")]
    [InlineData("image: api-gateway:latest")]
    [InlineData("containerPort: 8000")]
    public void Deployment_HasTheSpecsLine(string line) => _deployment.Should().MatchRegex($@"(?m)^[ -]*{Regex.Escape(line)}$");

    [Fact]
    public void Resources_AreTheSpecs()
    {
        Regex.Replace(_deployment, @"\s+", " ").Should()
            .Contain("requests: cpu: 100m memory: 128Mi limits: cpu: 500m memory: 512Mi");
    }

    [Fact]
    public void Probes_AskTheGatewaysOwnPaths()
    {
        string text = Regex.Replace(_deployment, @"\s+", " ");
        text.Should().Contain("livenessProbe: httpGet: path: /health/live port: http");
        text.Should().Contain("readinessProbe: httpGet: path: /health/ready port: http");
    }

    [Fact]
    public void GracePeriod_IsLongerThanTheGatewayDrains()
    {
        int seconds = int.Parse(Regex.Match(_deployment, @"terminationGracePeriodSeconds: (\d+)").Groups[1].Value, null);
        GatewayOptions options = Options();
        TimeSpan.FromSeconds(seconds).Should().BeGreaterThan(options.Shutdown.DrainDelay + options.Shutdown.DrainTimeout);
    }

    [Fact]
    public void Service_LeadsToTheGateway()
    {
        string text = Regex.Replace(Repository.Read("k8s/service.yaml"), @"\s+", " ");
        text.Should().Contain("selector: app: api-gateway").And.Contain("port: 8000 targetPort: http");
    }

    [Fact]
    public void EveryManifest_IsListedAndHoldsOneObject()
    {
        string[] manifests =
            [.. Repository.Files.Where(static file => Regex.IsMatch(file, @"^k8s/[^/]+\.yaml$") && file != "k8s/kustomization.yaml")];
        string list = Repository.Read("k8s/kustomization.yaml");
        manifests.Should().HaveCountGreaterThanOrEqualTo(3).And.OnlyContain(file => list.Contains($"- {Path.GetFileName(file)}\n"));
        manifests.Should().OnlyContain(static file => Regex.Count(Repository.Read(file), "(?m)^(kind: |---)") == 1);
    }

    [Fact]
    public void Configuration_IsValid() => Options().Validate().Should().BeEmpty();

    [Fact]
    public void Configuration_HasTheSpecsServicesWithChecksAndPorts()
    {
        GatewayOptions options = Options();
        options.Services.Values.Select(static service => new Uri(service.Instances.Single().Url).Port)
            .Should().BeEquivalentTo([8001, 8002, 8004, 8007, 8008, 8009, 8011]);
        options.Services.Values.Should().OnlyContain(static service => service.HealthCheck != null);
        new Uri(options.Auth.ServiceUrl!).Port.Should().Be(8001);
    }

    [Fact]
    public void Configuration_IsWhereTheArgumentsSay()
    {
        _deployment.Should().Contain("""args: ["run", "--config", "/etc/gateway/gateway.json"]""").And.Contain("mountPath: /etc/gateway");
    }

    private static GatewayOptions Options()
    {
        string[] lines = Repository.Read("k8s/configmap.yaml").Split('\n');
        int start = Array.IndexOf(lines, "  gateway.json: |");
        start.Should().BePositive();
        string json = string.Join('\n', lines.Skip(start + 1)
            .TakeWhile(static line => line.Length == 0 || line.StartsWith("    ", StringComparison.Ordinal)));
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        return new ConfigurationBuilder().AddJsonStream(stream).Build().GetSection("Gateway")
            .Get<GatewayOptions>(static binder => binder.ErrorOnUnknownConfiguration = true)!;
    }
}
