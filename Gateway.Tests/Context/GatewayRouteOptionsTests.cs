using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.RateLimiting;

namespace Gateway.Tests.Context;

public sealed class GatewayRouteOptionsTests
{
    private static readonly GatewayOptions Gateway = new()
    {
        Services = new Dictionary<string, ServiceOptions> { ["product"] = new() },
        RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["per-ip"] = new() },
    };

    private static readonly GatewayRouteOptions Fine = new() { Pattern = "/a", Service = "product" };

    [Fact]
    public void Defaults_AreThoseOfTheDocumentation() => new GatewayRouteOptions().Should().BeEquivalentTo(new
    {
        Pattern = "",
        Methods = (IReadOnlyList<string>?)null,
        Service = "",
        Split = (SplitOptions?)null,
        Mirror = (MirrorOptions?)null,
        StripPrefix = (string?)null,
        Auth = RouteAuth.Required,
        Require = (RequireOptions?)null,
        RateLimits = (IReadOnlyList<string>?)null,
        MaxRequestBodyBytes = 30_000_000L,
        Host = (string?)null,
        Headers = new Dictionary<string, string>(),
        EncodedSlash = EncodedSlash.Refuse,
    });

    [Fact]
    public void SmallestRoute_IsFine() => ErrorsOf(Fine).Should().BeEmpty();

    [Fact]
    public void RouteWithoutAService_IsAnError() =>
        ErrorsOf(Fine with { Service = "" }).Should().Equal(new OptionError("R:Service", "a route needs the name of a service"));

    [Fact]
    public void UnknownService_IsAnErrorWithTheNearestName() =>
        ErrorsOf(Fine with { Service = "produkt" }).Should().Equal(
            new OptionError("R:Service", "there is no service 'produkt'; did you mean 'product'?"));

    [Fact]
    public void ErrorOfASplit_IsReportedAtItsPlace() =>
        ErrorsOf(Fine with { Split = new SplitOptions() }).Select(error => error.Key).Should().Equal("R:Split:Services");

    [Fact]
    public void ErrorOfAMirror_IsReportedAtItsPlace() =>
        ErrorsOf(Fine with { Mirror = new MirrorOptions() }).Select(error => error.Key).Should().Equal("R:Mirror:Service");

    [Fact]
    public void MirrorToWhoAnswers_IsAnError()
    {
        ErrorsOf(Fine with { Mirror = new MirrorOptions { Service = "product" } }).Select(error => error.Key).Should().Equal("R:Mirror:Service");
        SplitOptions split = new() { Services = new Dictionary<string, int> { ["product"] = 1, ["canary"] = 1 } };
        var errors = new OptionErrors();
        (Fine with { Split = split, Mirror = new MirrorOptions { Service = "canary" } }).Validate(
            "R", Gateway with { Services = new Dictionary<string, ServiceOptions> { ["product"] = new(), ["canary"] = new() } }, errors);
        errors.All.Select(error => error.Key).Should().Equal("R:Mirror:Service");
    }

    [Fact]
    public void UnknownRateLimit_IsAnErrorAtItsPlaceWithTheNearestName() =>
        ErrorsOf(Fine with { RateLimits = ["per-ip", "perip"] }).Should().Equal(
            new OptionError("R:RateLimits:1", "there is no rate limit 'perip'; did you mean 'per-ip'?"));

    [Theory]
    [InlineData(0L, true)]
    [InlineData(1L << 50, true)]
    [InlineData(-1L, false)]
    [InlineData((1L << 50) + 1, false)]
    public void MaxRequestBodyBytes_HasBounds(long bytes, bool valid) =>
        ErrorsOf(Fine with { MaxRequestBodyBytes = bytes }).Select(error => error.Key).Should().Equal(valid ? [] : ["R:MaxRequestBodyBytes"]);

    [Fact]
    public void EmptyListOfMethods_IsAnError() =>
        ErrorsOf(Fine with { Methods = [] }).Should().Equal(
            new OptionError("R:Methods", "an empty list matches no request; leave Methods out to match every method"));

    [Theory]
    [InlineData("")]
    [InlineData("get")]
    [InlineData("GET ")]
    [InlineData("M-SEARCH")]
    public void MethodNotInCapitals_IsAnErrorAtItsPlace(string method) =>
        ErrorsOf(Fine with { Methods = ["PUT", method] }).Should().Equal(
            new OptionError("R:Methods:1", $"'{method}' is not a method; methods are written in capitals"));

    [Fact]
    public void MethodListedTwice_IsAnErrorAtTheSecond() =>
        ErrorsOf(Fine with { Methods = ["GET", "HEAD", "GET"] }).Should().Equal(new OptionError("R:Methods:2", "'GET' is listed twice"));

    [Theory]
    [InlineData(RouteAuth.Optional)]
    [InlineData(RouteAuth.Anonymous)]
    public void RolesWithoutAUser_AreAnError(RouteAuth auth)
    {
        var error = new OptionError("R:Require", $"roles and scopes need a user, but Auth is {auth}");
        ErrorsOf(Fine with { Auth = auth, Require = new RequireOptions { Roles = ["admin"] } }).Should().Equal(error);
        ErrorsOf(Fine with { Auth = auth, Require = new RequireOptions { Scopes = ["read"] } }).Should().Equal(error);
        ErrorsOf(Fine with { Auth = auth, Require = new RequireOptions() }).Should().BeEmpty();
    }

    [Fact]
    public void EveryFault_IsReportedAtOnce() =>
        ErrorsOf(new GatewayRouteOptions { Methods = ["get"], RateLimits = ["none"], MaxRequestBodyBytes = -1 })
            .Select(error => error.Key).Should().BeEquivalentTo("R:Service", "R:Methods:0", "R:RateLimits:0", "R:MaxRequestBodyBytes");

    private static IReadOnlyList<OptionError> ErrorsOf(GatewayRouteOptions route)
    {
        var errors = new OptionErrors();
        route.Validate("R", Gateway, errors);
        return errors.All;
    }
}
