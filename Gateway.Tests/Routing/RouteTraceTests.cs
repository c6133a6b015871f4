using Gateway.Core.Context;
using Gateway.Core.Routing;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Routing;

public sealed class RouteTraceTests
{
    [Theory]
    [InlineData("/a/b", "/a/c", nameof(RoutePredicate.Literal), 1, "c")]
    [InlineData("/a/b", "/c", nameof(RoutePredicate.Literal), 0, "c")]
    [InlineData("/a/b", "/%61/%63", nameof(RoutePredicate.Literal), 1, "c")]
    [InlineData("/a/{id:int}", "/a/x", nameof(RoutePredicate.Int), 1, "x")]
    [InlineData("/a/{id}", "/a/", nameof(RoutePredicate.Parameter), 1, "")]
    [InlineData("/a", "/a/b", nameof(RoutePredicate.End), 1, "b")]
    [InlineData("/a", "/a/", nameof(RoutePredicate.End), 1, "")]
    [InlineData("/a/b", "/a", nameof(RoutePredicate.More), 1, "")]
    [InlineData("/a/", "/a", nameof(RoutePredicate.More), 1, "")]
    [InlineData("/a/{x}/{**rest}", "/a", nameof(RoutePredicate.More), 1, "")]
    [InlineData("/a/{**rest}", "/b/c", nameof(RoutePredicate.Literal), 0, "b")]
    public void PathThatMisses_TellsTheSegment(string pattern, string path, string predicate, int segments, string subject) =>
        Trace(new GatewayRouteOptions { Pattern = pattern }, path).Furthest.Should().Be(new RouteObstacle(Enum.Parse<RoutePredicate>(predicate), segments, subject));

    [Fact]
    public void MethodAndHeader_AreTold_BehindThePath()
    {
        Trace(new GatewayRouteOptions { Pattern = "/a/{**rest}", Methods = ["POST"] }, "/a/b").Furthest!.Value.Predicate.Should().Be(RoutePredicate.Method);
        Trace(new GatewayRouteOptions { Pattern = "/a", Headers = new Dictionary<string, string> { ["X-A"] = "1" } }, "/a").Furthest
            .Should().Be(new RouteObstacle(RoutePredicate.Header, int.MaxValue, "X-A"));
    }

    [Fact]
    public void Host_IsTold()
    {
        Trace(new GatewayRouteOptions { Pattern = "/a", Host = "other" }, "/a").IsOtherHost.Should().BeTrue();
        Trace(new GatewayRouteOptions { Pattern = "/a", Host = "H" }, "/b").IsOtherHost.Should().BeFalse();
        Trace(new GatewayRouteOptions { Pattern = "/a" }, "/b").IsOtherHost.Should().BeFalse();
    }

    [Fact]
    public void FurthestObstacle_IsKept()
    {
        var router = new Router([Given.Route(new GatewayRouteOptions { Pattern = "/a/b/c" }, 0), Given.Route(new GatewayRouteOptions { Pattern = "/{x}/d" }, 1)]);
        var trace = new RouteTrace("/a/b/e");

        router.Find("h", "/a/b/e", "GET", new HeaderDictionary(), trace).Route.Should().BeNull();

        trace.Furthest.Should().Be(new RouteObstacle(RoutePredicate.Literal, 2, "e"));
    }

    private static RouteTrace Trace(GatewayRouteOptions options, string path)
    {
        var trace = new RouteTrace(path);
        new Router([Given.Route(options)]).Find("h", path, "GET", new HeaderDictionary(), trace).Route.Should().BeNull();
        return trace;
    }
}
