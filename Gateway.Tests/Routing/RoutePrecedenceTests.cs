using Gateway.Core.Context;
using Gateway.Core.Routing;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Routing;

public sealed class RoutePrecedenceTests
{
    [Theory]
    [InlineData("/a/b", "/a/{x}", "has a literal as its segment 2, which goes before a parameter")]
    [InlineData("/{x:int}", "/{x}", "has a whole number as its segment 1, which goes before a parameter")]
    [InlineData("/a/{x}", "/a/{**rest}", "has a parameter as its segment 2, which goes before a catch-all")]
    [InlineData("/a", "/a/{**rest}", "ends where the path ends, which goes before a catch-all of nothing")]
    public void Path_DecidesBySegment(string winner, string other, string reason) =>
        Expect(new GatewayRouteOptions { Pattern = winner }, new GatewayRouteOptions { Pattern = other }, reason);

    [Fact]
    public void Host_DecidesBeforeThePath() => Expect(
        new GatewayRouteOptions { Pattern = "/{**rest}", Host = "h" }, new GatewayRouteOptions { Pattern = "/a" }, "names its host, and a named host goes before any");

    [Fact]
    public void Method_DecidesBehindThePath_NamedBeforeImpliedBeforeAny()
    {
        const string Reason = "names the method, which goes before one that is implied, and that before any";
        Expect(new GatewayRouteOptions { Pattern = "/a", Methods = ["HEAD"] }, new GatewayRouteOptions { Pattern = "/a", Methods = ["GET"] }, Reason, "HEAD");
        Expect(new GatewayRouteOptions { Pattern = "/a", Methods = ["GET"] }, new GatewayRouteOptions { Pattern = "/a" }, Reason, "HEAD");
    }

    [Fact]
    public void Headers_DecideLast_ThenTheName()
    {
        var header = new Dictionary<string, string> { ["X-A"] = "1" };
        Expect(new GatewayRouteOptions { Pattern = "/a", Headers = header }, new GatewayRouteOptions { Pattern = "/a" }, "asks for more headers");
        Expect(new GatewayRouteOptions { Pattern = "/a", Headers = header }, new GatewayRouteOptions { Pattern = "/a", Headers = header }, "comes first by its name");
    }

    private static void Expect(GatewayRouteOptions winner, GatewayRouteOptions other, string reason, string method = "GET")
    {
        (NearRoute a, NearRoute b) = (Near(winner, "a"), Near(other, "b"));
        RoutePrecedence.Reason(a, b, method).Should().Be(reason);
        RoutePrecedence.Compare(a, b, method).Should().BeNegative();
        RoutePrecedence.Compare(b, a, method).Should().BePositive();
    }

    private static NearRoute Near(GatewayRouteOptions options, string name) =>
        new(Given.Route(options, 0, name), RoutePattern.Parse(options.Pattern, out _)!, [], 0);
}
