using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.Errors;
using Gateway.Core.RateLimiting;
using Gateway.Core.Reception;
using Gateway.Tests.Kit;

namespace Gateway.Tests;

public sealed class GatewayOptionsTests
{
    private static readonly GatewayOptions Fine = TestOptions.For("http://10.0.0.1:80");

    [Fact]
    public void Defaults_AreThoseOfTheDocumentation()
    {
        var defaults = new GatewayOptions();
        defaults.TrustedProxies.Should().BeEmpty();
        defaults.Services.Should().BeEmpty();
        defaults.Routes.Should().BeEmpty();
        defaults.RateLimits.Should().BeEmpty();
        defaults.DefaultRateLimits.Should().BeEmpty();
        defaults.Cors.Should().BeNull("CORS is then left to the services");
        defaults.Dns.Should().Be(new DnsOptions());
        defaults.Shutdown.Should().Be(new ShutdownOptions());
        defaults.RateLimitStore.Should().Be(new RateLimitStoreOptions());
        defaults.Auth.Mode.Should().Be(AuthMode.AuthService);
    }

    [Fact]
    public void NothingAtAll_IsValid() => new GatewayOptions().Validate().Should().BeEmpty();

    [Fact]
    public void SmallestGateway_IsValid() => Fine.Validate().Should().BeEmpty();

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("10.0.0.0/8")]
    [InlineData("2001:db8::/32")]
    public void AddressesAndNetworks_MayBeTrusted(string proxy) => (Fine with { TrustedProxies = [proxy] }).Validate().Should().BeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData("proxy.example")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10/8")]
    public void ProxyThatIsNeither_IsAnErrorAtItsPlace(string proxy) => ShouldFail(
        Fine with { TrustedProxies = ["10.0.0.1", proxy] },
        "Gateway:TrustedProxies:1", $"'{proxy}' is neither an address nor a network such as '10.0.0.0/8'");

    [Fact]
    public void NamesThatCannotBeLabels_AreErrorsAtTheirKeys()
    {
        GatewayOptions options = new()
        {
            Services = new Dictionary<string, ServiceOptions> { ["a b"] = Fine.Services["svc"] },
            Routes = new Dictionary<string, GatewayRouteOptions> { ["a/b"] = TestOptions.AnyPath with { Service = "a b" } },
            RateLimits = new Dictionary<string, RateLimitPolicyOptions> { [""] = new() { Capacity = 1, RefillPerSecond = 1 } },
        };

        options.Validate().Should().Equal(
            new OptionError("Gateway:Services:a b", "'a b' is not a usable name; names are 1 to 64 letters, digits, '.', '_' or '-'"),
            new OptionError("Gateway:RateLimits:", "'' is not a usable name; names are 1 to 64 letters, digits, '.', '_' or '-'"),
            new OptionError("Gateway:Routes:a/b", "'a/b' is not a usable name; names are 1 to 64 letters, digits, '.', '_' or '-'"));
    }

    [Fact]
    public void UnknownDefaultRateLimit_IsAnErrorAtItsPlaceWithTheNearestName() => ShouldFail(
        Fine with
        {
            RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["per-ip"] = new() { Capacity = 1, RefillPerSecond = 1 } },
            DefaultRateLimits = ["per-ip", "per-io"],
        },
        "Gateway:DefaultRateLimits:1", "there is no rate limit 'per-io'; did you mean 'per-ip'?");

    [Theory]
    [InlineData(RouteAuth.Required)]
    [InlineData(RouteAuth.Optional)]
    public void RouteThatNeedsTokensWithNobodyToAsk_IsAnError(RouteAuth auth) => ShouldFail(
        Fine.WithRoute(TestOptions.AnyPath with { Auth = auth }),
        "Gateway:Routes:all",
        $"the route needs tokens checked (Auth is {auth}), but Gateway:Auth:ServiceUrl is not set; set it, or make the route Anonymous");

    [Fact]
    public void RouteThatNeedsTokensWithSomeoneToAsk_IsFine() =>
        (Fine.WithRoute(TestOptions.AnyPath with { Auth = RouteAuth.Required }) with { Auth = new AuthOptions { ServiceUrl = "http://auth" } })
            .Validate().Should().BeEmpty();

    /// <summary>Without its keys that mode has an error of its own; one more for each route would bury it.</summary>
    [Fact]
    public void JwtWithoutKeys_IsOneErrorHoweverManyRoutesThereAre() => ShouldFail(
        Fine.WithRoute(TestOptions.AnyPath with { Auth = RouteAuth.Required }) with { Auth = new AuthOptions { Mode = AuthMode.Jwt } },
        "Gateway:Auth:Jwt:JwksUrl", "is missing: where the issuer's keys are, as in 'http://localhost:8001'");

    [Fact]
    public void TwoRoutesThatCannotBeToldApart_AreAnError() =>
        Fine.WithRoutes(("a", TestOptions.AnyPath), ("b", TestOptions.AnyPath)).Validate()
            .Should().ContainSingle().Which.Key.Should().Be("Gateway:Routes:b:Pattern");

    [Fact]
    public void EverySection_IsCheckedUnderItsKeyAndAllIsReportedAtOnce()
    {
        GatewayOptions options = new()
        {
            TrustedProxies = ["x"],
            Services = new Dictionary<string, ServiceOptions> { ["s"] = new() },
            Routes = new Dictionary<string, GatewayRouteOptions> { ["r"] = TestOptions.AnyPath with { Service = "s", Pattern = "no-slash", MaxRequestBodyBytes = -1 } },
            RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["p"] = new() { Capacity = 0, RefillPerSecond = 1 } },
            DefaultRateLimits = ["q-unknown"],
            RateLimitStore = new RateLimitStoreOptions { MaxKeys = 0 },
            Dns = new DnsOptions { Timeout = TimeSpan.Zero },
            Auth = new AuthOptions { CacheSize = 0 },
            Cors = new CorsOptions { MaxAge = TimeSpan.FromDays(2) },
            Shutdown = new ShutdownOptions { DrainDelay = TimeSpan.FromDays(1) },
        };

        options.Validate().Select(error => error.Key).Should().Equal(
            "Gateway:TrustedProxies:0",
            "Gateway:Services:s:Instances",
            "Gateway:RateLimits:p:Capacity",
            "Gateway:Routes:r:MaxRequestBodyBytes",
            "Gateway:DefaultRateLimits:0",
            "Gateway:Routes:r:Pattern",
            "Gateway:RateLimitStore:MaxKeys",
            "Gateway:Dns:Timeout",
            "Gateway:Auth:CacheSize",
            "Gateway:Cors:MaxAge",
            "Gateway:Shutdown:DrainDelay");
    }

    [Fact]
    public void Error_IsWrittenAsKeyAndSentence() =>
        new OptionError("Gateway:Auth:CacheSize", "0 is out of range").ToString().Should().Be("Gateway:Auth:CacheSize: 0 is out of range");

    private static void ShouldFail(GatewayOptions options, string key, string message) =>
        options.Validate().Should().Equal(new OptionError(key, message));
}
