extern alias Manifests;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Host.Commands;
using Gateway.Tests.House;
using Gateway.Tests.Kit;
using Manifests::k8s.Models;

namespace Gateway.Tests.Manifests;

public sealed class GatewayConfigurationTests
{
    /// <summary>Of the specification's picture.</summary>
    private static readonly Dictionary<string, int> SpecsServices = new()
    {
        ["auth"] = 8001,
        ["profile"] = 8002,
        ["product"] = 8004,
        ["cart"] = 8007,
        ["order"] = 8008,
        ["payment"] = 8009,
        ["notify"] = 8011,
    };

    private readonly GatewayOptions _options = GatewayConfiguration.Options;

    public static TheoryData<string> Patches => [.. ManifestFiles.Patches];

    [Fact]
    public async Task Check_HasNothingToSay()
    {
        using var files = new ConfigurationFiles();
        files.Write(GatewayConfiguration.FileName, GatewayConfiguration.Json);

        (int code, _, string errors) = await GatewayProcess.RunAsync(files.Root, "check", "--config", GatewayConfiguration.FileName);

        (code, errors).Should().Be((0, ""), "there are no problems and no warnings");
    }

    [Theory]
    [MemberData(nameof(Patches))]
    public void Check_HasNothingToSay_WithTheVariablesOfAComponent(string patch)
    {
        V1Container container = ManifestSet.Parse(Repository.Read(patch)).Gateway.Spec.Template.Spec.Containers.Single();
        using var files = new ConfigurationFiles();
        files.Write(GatewayConfiguration.FileName, GatewayConfiguration.Json).Write("token", "0123456789abcdef0123456789abcdef\n");
        foreach (V1EnvVar variable in container.Env)
        {
            files.Environment[variable.Name] = ManifestSet.Each(container.VolumeMounts)
                .Aggregate(variable.Value, (value, mount) => value.Replace(mount.MountPath, files.Root, StringComparison.Ordinal));
        }

        Check(files).Should().Be((0, "ok: 7 services, 8 routes, 0 warnings\n", ""));

        files.Environment[container.Env[0].Name] = "nonsense";
        Check(files).Code.Should().Be(1, "the variables are looked at");
    }

    [Fact]
    public void AdminPortOfTheMonitoring_IsRefusedWithoutItsToken()
    {
        const string Url = "Gateway:Admin:Url=http://0.0.0.0:9100";
        ConfigurationFiles.ProblemsOf(GatewayConfiguration.Json, Url).Should().ContainSingle(static problem => problem.Contains("Gateway:Admin:TokenFile"));
        ConfigurationFiles.ProblemsOf(GatewayConfiguration.Json, Url, "Gateway:Admin:TokenFile=nowhere")
            .Should().ContainSingle(static problem => problem.Contains("does not exist"));

        using var files = new ConfigurationFiles();
        files.Write(GatewayConfiguration.FileName, GatewayConfiguration.Json).Write("token", "0123456789abcdef0123456789abcdef\n");
        files.Load([GatewayConfiguration.FileName], Url, "Gateway:Admin:TokenFile=token").Problems.Should().BeEmpty();
    }

    [Fact]
    public void Services_AreTheSpecsWithTheirPortsAndChecks()
    {
        _options.Services.ToDictionary(static service => service.Key, static service => service.Value.Discovery).Should().BeEquivalentTo(SpecsServices.ToDictionary(
            static service => service.Key,
            static service => new DiscoveryOptions
            {
                Kind = DiscoveryKind.Kubernetes,
                Service = $"{service.Key}-service",
                Port = $"{service.Value}",
                Namespace = null,
            }));
        _options.Services.Values.Should().OnlyContain(static service => service.HealthCheck != null);
        _options.Auth.ServiceUrl.Should().Be($"http://{_options.Services["auth"].Discovery.Service}:{SpecsServices["auth"]}");
    }

    [Fact]
    public void EachService_IsReachedByATestOfTheConfiguration()
    {
        IEnumerable<string?> tested = ConfigurationFiles.Load(GatewayConfiguration.Json).Configuration!.Tests.Select(static test => test.Expect.Service);
        tested.Distinct().Should().BeEquivalentTo(SpecsServices.Keys);
    }

    [Fact]
    public void NetworkPolicy_LetsOutToTheServicesNamesAndApiServerAlone()
    {
        V1NetworkPolicySpec policy = ManifestSet.OfBase().Of<V1NetworkPolicy>().Single().Spec;
        policy.Egress.Should().HaveCount(3);
        Ports(policy.Egress[0]).Should().OnlyContain(static port => port == "53");
        Ports(policy.Egress[1]).Should().BeEquivalentTo(SpecsServices.Values.Select(static port => $"{port}"));
        Ports(policy.Egress[2]).Should().Equal("443", "6443");
        policy.Ingress.Single().Ports.Single().Port.Value.Should().Be("8000");
        policy.Ingress.Single().FromProperty.Should().BeNull("clients come from anywhere");
    }

    private static (int Code, string Output, string Errors) Check(ConfigurationFiles files)
    {
        using var stdout = new StringWriter { NewLine = "\n" };
        using var stderr = new StringWriter { NewLine = "\n" };
        int code = CheckCommand.Run(files.Inputs([GatewayConfiguration.FileName]), new CheckSettings(), stdout, stderr);
        return (code, stdout.ToString(), stderr.ToString());
    }

    private static IEnumerable<string> Ports(V1NetworkPolicyEgressRule rule) => rule.Ports.Select(static port => port.Port.Value);
}
