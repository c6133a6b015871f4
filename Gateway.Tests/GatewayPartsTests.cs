using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.Proxying;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests;

public sealed class GatewayPartsTests : IAsyncDisposable
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
            Routes = new Dictionary<string, GatewayRouteOptions>
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

    [Theory]
    [InlineData(AuthMode.AuthService, "a.invalid auth.invalid b.invalid")]
    [InlineData(AuthMode.Jwt, "a.invalid b.invalid keys.invalid")]
    [InlineData(AuthMode.JwtThenAuthService, "a.invalid auth.invalid b.invalid keys.invalid")]
    public async Task KeptHosts_AreThoseOfInstancesAndOfWhoeverIsAskedAboutTokens(AuthMode mode, string names)
    {
        await using GatewayParts parts = Parts(TestOptions.For("http://b.invalid:1", "http://10.0.0.1", "http://a.invalid", "http://a.invalid:2") with
        {
            Auth = new AuthOptions { Mode = mode, ServiceUrl = "http://auth.invalid", Jwt = new JwtOptions { JwksUrl = "http://keys.invalid/jwks" } },
        });
        _lasting.Hosts.Known.Should().BeEmpty();

        await parts.BeginAsync();

        _lasting.Hosts.Known.Select(static host => host.Name).Order(StringComparer.Ordinal).Should().Equal(names.Split(' '));
    }

    [Fact]
    public async Task Dispose_ClosesConnections()
    {
        GatewayParts parts = Parts(Options);
        await parts.DisposeAsync();
        await Closed(parts.Connections[0]);
    }

    [Fact]
    public async Task WhatHasNotChanged_IsTakenOver_WithItsPlace()
    {
        GatewayOptions options = Two("http://10.0.0.1", "http://10.0.0.2") with
        {
            Auth = new AuthOptions { ServiceUrl = "http://auth" },
            RateLimits = new Dictionary<string, RateLimitPolicyOptions>
            {
                ["same"] = new() { Capacity = 1, RefillPerSecond = 1 },
                ["other"] = new() { Capacity = 1, RefillPerSecond = 1 },
            },
        };
        GatewayParts before = Parts(options);
        GatewayOptions changed = Two("http://10.0.0.3", "http://10.0.0.2") with
        {
            Auth = new AuthOptions { ServiceUrl = "http://auth", SkipPaths = ["/open"] },
            RateLimits = new Dictionary<string, RateLimitPolicyOptions>
            {
                ["same"] = new() { Capacity = 1, RefillPerSecond = 1 },
                ["other"] = new() { Capacity = 2, RefillPerSecond = 1 },
            },
        };

        await using GatewayParts after = Parts(changed, before);
        await before.DisposeAsync();

        after.Services[1].Should().BeSameAs(before.Services[1]);
        after.Services[0].Should().NotBeSameAs(before.Services[0]);
        after.Selectors[1].Should().BeSameAs(before.Selectors[1]);
        after.Checkers[1].Should().BeSameAs(before.Checkers[1]);
        after.Connections.Should().Equal(before.Connections, "another address is no other kind of connection");
        after.TokenValidator.Should().BeSameAs(before.TokenValidator);
        after.RouteLimits.Limiters.Select(limiter => before.RouteLimits.Limiters.Contains(limiter)).Should().Equal(false, true);
        using var message = new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1:1");
        await FluentActions.Awaiting(() => after.Connections[1].SendAsync(message, CancellationToken.None)).Should().ThrowAsync<HttpRequestException>();
    }

    [Fact]
    public async Task WhatIsNoLongerThere_IsClosed_AndItsPlaceIsFreeForAnother()
    {
        GatewayParts before = Parts(Two("http://10.0.0.1", "http://10.0.0.2"));
        ServiceOptions kept = Two("http://10.0.0.1", "http://10.0.0.2").Services["b"];
        await using GatewayParts after = Parts(Options with
        {
            Services = new Dictionary<string, ServiceOptions> { ["b"] = kept, ["svc"] = Options.Services["svc"], ["z"] = Options.Services["svc"] },
        }, before);
        await before.DisposeAsync();

        after.Services.Select(static service => (service.Name, service.Index)).Should().Equal(("b", 1), ("svc", 0), ("z", 2));
        await Closed(before.Connections[0]);
        after.Connections.Should().HaveCount(3).And.NotContain(before.Connections[0]).And.Contain(before.Connections[1]);
    }

    private static GatewayOptions Two(string a, string b) => Options with
    {
        Services = new Dictionary<string, ServiceOptions>
        {
            ["a"] = new() { Instances = [new InstanceOptions { Url = a }] },
            ["b"] = new() { Instances = [new InstanceOptions { Url = b }] },
        },
        Routes = new Dictionary<string, GatewayRouteOptions> { ["all"] = TestOptions.AnyPath with { Service = "a" } },
    };

    private static async Task Closed(ServiceConnections connections)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, "http://10.0.0.1");
        await FluentActions.Awaiting(() => connections.SendAsync(message, CancellationToken.None)).Should().ThrowAsync<ObjectDisposedException>();
    }

    private readonly LastingParts _lasting = new(new DnsOptions(), NullLoggerFactory.Instance, TimeProvider.System, new GatewayExtensions());

    public async ValueTask DisposeAsync() => await _lasting.DisposeAsync();

    private GatewayParts Parts(GatewayOptions options, GatewayParts? before = null) => new(options, _lasting, before);
}
