using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests;

public sealed class GatewayPartsTests
{
    private static readonly GatewayOptions Options = TestOptions.For("http://10.0.0.1:80");

    [Fact]
    public void InvalidOptions_AreRefusedWithEveryError() =>
        FluentActions.Invoking(() => Parts(Options with { TrustedProxies = ["x"], DefaultRateLimits = ["y"] }))
            .Should().Throw<ArgumentException>().WithMessage("*Gateway:TrustedProxies:0: *Gateway:DefaultRateLimits:0: *");

    [Fact]
    public async Task ServicesAndRoutes_AreOrderedByNameAndKnowTheirPlace()
    {
        InstanceOptions instance = new() { Url = "http://10.0.0.1" };
        await using GatewayParts parts = Parts(new GatewayOptions
        {
            Services = new Dictionary<string, ServiceOptions> { ["b"] = new() { Instances = [instance] }, ["a"] = new() { Instances = [instance] } },
            Routes = new Dictionary<string, RouteOptions>
            {
                ["z"] = TestOptions.AnyPath with { Pattern = "/api/z/{**rest}", Service = "a", StripPrefix = "/api/z" },
                ["y"] = TestOptions.AnyPath with { Pattern = "/y", Service = "b" },
            },
        });

        parts.Services.Select(service => (service.Name, service.Index)).Should().Equal(("a", 0), ("b", 1));
        parts.Routes.Select(route => (route.Name, route.Index, route.Service.Name)).Should().Equal(("y", 0, "b"), ("z", 1, "a"));
        parts.StripSegments.Should().Equal(0, 2);
        (parts.Selectors.Length, parts.Connections.Length).Should().Be((2, 2));
    }

    [Fact]
    public async Task RoutesThatSplit_HaveTheirChoice()
    {
        GatewayOptions options = Options.WithRoutes(
            ("a", TestOptions.AnyPath with { Pattern = "/a" }),
            ("b", TestOptions.AnyPath with { Pattern = "/b", Split = new SplitOptions { Services = new Dictionary<string, int> { ["svc"] = 1 } } }));
        await using GatewayParts parts = Parts(options);

        parts.Splits.Select(split => split is not null).Should().Equal(false, true);
    }

    [Fact]
    public async Task WithoutAnyoneToAsk_ThereIsNoTokenValidator()
    {
        await using GatewayParts without = Parts(Options);
        await using GatewayParts with = Parts(Options with { Auth = new AuthOptions { ServiceUrl = "http://auth" } });

        without.TokenValidator.Should().BeNull();
        with.TokenValidator.Should().NotBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CorsHeadersOfServices_PassOnlyWithoutCorsOptions(bool owns)
    {
        await using GatewayParts parts = Parts(Options with { Cors = owns ? new CorsOptions() : null });
        using var message = new HttpResponseMessage { Content = new StringContent("") };
        message.Headers.Add("Access-Control-Allow-Origin", "*");
        using var exchange = new FakeExchange();

        parts.ResponseHeaders.Copy(message, exchange.Http);

        exchange.Headers.AccessControlAllowOrigin.Should().HaveCount(owns ? 0 : 1);
    }

    [Fact]
    public async Task Dispose_ClosesConnectionsAndMeter()
    {
        GatewayParts parts = Parts(Options);
        using var readings = new Readings(parts.Metrics.Meter);
        using var message = new HttpRequestMessage(HttpMethod.Get, "http://10.0.0.1");

        await parts.DisposeAsync();

        await FluentActions.Awaiting(() => parts.Connections[0].SendAsync(message, CancellationToken.None)).Should().ThrowAsync<ObjectDisposedException>();
        readings.Of("gateway_draining").Should().BeEmpty();
    }

    private static GatewayParts Parts(GatewayOptions options) => new(options, NullLoggerFactory.Instance, TimeProvider.System);
}
