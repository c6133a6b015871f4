using System.Text.Json;
using Gateway.Core;
using Gateway.Host.Configuration;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Spec;

public sealed class HighLevelArchitectureTests
{
    /// <summary>What the demo has beside the spec's services, to show other protocols.</summary>
    private static readonly string[] Further = ["echo", "socket"];

    [Fact]
    public void Services_AreTheSpecsOnItsPorts() => Ports(static name => !Further.Contains(name)).Should().Equal(new Dictionary<string, int>
    {
        ["auth"] = 8001,
        ["profile"] = 8002,
        ["product"] = 8004,
        ["cart"] = 8007,
        ["order"] = 8008,
        ["payment"] = 8009,
        ["notify"] = 8011,
    });

    [Fact]
    public void ServicesOfNoSpec_ListenBesideItsPorts() => Ports(Further.Contains).Should().Equal(new Dictionary<string, int>
    {
        ["echo"] = 8021,
        ["socket"] = 8022,
    });

    [Fact]
    public void Gateway_ListensOnPort8000UnlessToldOtherwise() => ConfigurationLoader.DefaultUrl.Should().Be("http://*:8000");

    [Fact]
    public async Task EachService_IsReachedThroughTheGateway()
    {
        await using var services = new DemoServices(TimeProvider.System);
        await services.StartAsync(DemoPorts.Any, CancellationToken.None);
        GatewayOptions options = ConfigurationFiles.Load(
            DemoConfiguration.Json, [.. DemoConfiguration.Overrides(services.Ports).Select(static one => $"{one.Key}={one.Value}")]).Configuration!.Gateway;
        await using TestGateway gateway = await TestGateway.StartAsync(options);
        (string Target, string Service)[] ways =
        [
            ("/api/auth/login", "auth"), ("/api/profile", "profile"), ("/api/products/1", "product"), ("/api/cart", "cart"),
            ("/api/orders", "order"), ("/api/payments", "payment"), ("/api/notifications", "notify"),
        ];

        foreach ((string target, string service) in ways)
        {
            using HttpResponseMessage response = await gateway.GetAsync(
                target, ("Authorization", $"Bearer {DemoUsers.Alice.ReadyToken}"), ("X-Correlation-ID", service));
            JsonElement line = await gateway.LogLineAsync(service);

            response.Headers.Via.Should().ContainSingle("the service itself answered");
            line.GetProperty("backend_service").GetString().Should().Be(service);
            line.GetProperty("instance").GetString().Should().Be($"127.0.0.1:{services.Ports[service]}");
        }
    }

    private static Dictionary<string, int> Ports(Func<string, bool> which) =>
        DemoServices.FixedPorts.Where(service => which(service.Key)).ToDictionary();
}
