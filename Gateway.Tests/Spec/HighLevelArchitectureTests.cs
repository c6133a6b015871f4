using System.Text.Json;
using Gateway.Core;
using Gateway.Host.Configuration;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Spec;

public sealed class HighLevelArchitectureTests
{
    [Fact]
    public void Services_AreTheSpecsOnItsPorts() => DemoServices.FixedPorts.Should().Equal(new Dictionary<string, int>
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
}
