using Gateway.Core.Context;
using Gateway.Core.Routing;
using Gateway.Host.Explaining;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Host.Explaining;

public sealed class NearMissTests
{
    [Theory]
    [InlineData("/a/{x}", "/a/", "wants a segment 2 that is not empty")]
    [InlineData("/a", "/a/b", "wants the path to end before segment 2, 'b'")]
    [InlineData("/a/b", "/a", "wants a segment 2 too, 'b'")]
    [InlineData("/a/{id:int}", "/a", "wants a segment 2 too, the whole number {id}")]
    [InlineData("/a/{x}", "/a", "wants a segment 2 too, {x}")]
    [InlineData("/a/", "/a", "wants the path to end with a slash")]
    [InlineData("/a", "/%C3%A9", "wants 'a' as segment 1, not 'é'")]
    public void EachPredicate_HasItsWords(string pattern, string path, string why)
    {
        NearRoute near = Near(new GatewayRouteOptions { Pattern = pattern }, path);
        NearMiss.Why(near, null, "GET").Should().Be(why);
        NearMiss.Failed(near).Should().Be("path");
    }

    [Fact]
    public void TwoObstacles_AreBothTold() =>
        NearMiss.Why(Near(new GatewayRouteOptions { Pattern = "/a", Host = "x.example", Methods = ["POST", "PUT"] }, "/a"), null, "GET")
            .Should().Be("wants the host x.example, not h; takes POST, PUT, not GET");

    [Fact]
    public void LongSegment_IsCut() =>
        NearMiss.Why(Near(new GatewayRouteOptions { Pattern = "/a" }, "/" + new string('x', 61)), null, "GET").Should().EndWith($"not '{new string('x', 60)}…'");

    private static NearRoute Near(GatewayRouteOptions options, string path)
    {
        Route route = Given.Route(options);
        return new NearRoute(route, RoutePattern.Parse(options.Pattern, out _)!, NearRoutes.ObstaclesOf(route, "h", path, "GET", new HeaderDictionary()), 1);
    }
}
