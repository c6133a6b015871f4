using Gateway.Core;
using Gateway.Core.Context;
using Gateway.Core.Reception;
using Gateway.Core.Routing;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Routing;

public sealed class NearRoutesTests
{
    [Fact]
    public void Nearest_ComeFirst_AndNoMoreThanAsked()
    {
        NearRoute[] near = Near("/api/product/1", 2, "/api/products/{id}", "/api/products/{**rest}", "/api/orders/{id}", "/{x}/product/{y}/z");
        near.Should().HaveCount(2);
        near[0].Route.Options.Pattern.Should().Be("/api/products/{id}");
        near.Should().OnlyContain(static one => one.Obstacles.Count == 1);
    }

    [Fact]
    public void RouteThatTakesTheRequest_HasNoObstacle() => Near("/a", 5, "/a", "/b")[0].Obstacles.Should().BeEmpty();

    [Fact]
    public void HostAndMethod_AreBothTold()
    {
        Route route = Given.Route(new GatewayRouteOptions { Pattern = "/a", Host = "other", Methods = ["POST"] });
        NearRoutes.ObstaclesOf(route, "h", "/a", "GET", new HeaderDictionary()).Select(static obstacle => obstacle.Predicate)
            .Should().Equal(RoutePredicate.Host, RoutePredicate.Method);
    }

    [Fact]
    public void MoreRoutesThanLookedAt_AreNotSearched()
    {
        Route[] routes = [.. Enumerable.Range(0, 3).Select(static i => Given.Route(new GatewayRouteOptions { Pattern = $"/a{i}" }, i))];
        new NearRoutes(routes, most: 2).Of("h", "/a2", "GET", new HeaderDictionary(), 5).Nearest.Should().NotContain(static near => near.Route.Index == 2);
        new NearRoutes(routes).Of("h", "/a2", "GET", new HeaderDictionary(), 5).Nearest[0].Route.Index.Should().Be(2);
    }

    [Fact]
    public void ManyNearRoutes_AreAskedUpToTheLimit()
    {
        Route[] routes = [.. Enumerable.Range(0, NearRoutes.MostAsked + 10).Select(static i => Given.Route(new GatewayRouteOptions { Pattern = "/a/{x}" }, i))];
        NearSearch search = new NearRoutes(routes).Of("h", "/a/b", "GET", new HeaderDictionary(), 3);
        (search.Nearest.Count, search.Taking, search.Asked, search.IsWhole).Should().Be((3, NearRoutes.MostAsked, NearRoutes.MostAsked, false));
    }

    [Theory]
    [InlineData(NearRoutes.MostAsked, 0, true)]
    [InlineData(NearRoutes.MostAsked, 10, true)]
    [InlineData(NearRoutes.MostAsked + 1, 0, false)]
    public void Search_IsWhole_WhileAllThatTakeTheRequestAreAsked(int taking, int near, bool isWhole)
    {
        IEnumerable<Route> routes = Enumerable.Range(0, taking).Select(static i => Given.Route(new GatewayRouteOptions { Pattern = "/a/{x}" }, i))
            .Concat(Enumerable.Range(0, near).Select(i => Given.Route(new GatewayRouteOptions { Pattern = "/a/{x}/b" }, taking + i)));
        new NearRoutes([.. routes]).Of("h", "/a/b", "GET", new HeaderDictionary(), 3).IsWhole.Should().Be(isWhole);
    }

    [Fact]
    public void Search_IsNotWhole_WhereRoutesOrSegmentsAreLeftOut()
    {
        static string Path(int segments) => string.Concat(Enumerable.Repeat("/s", segments));
        Route[] short2 = [Given.Route(new GatewayRouteOptions { Pattern = "/{**a}" }, 0), Given.Route(new GatewayRouteOptions { Pattern = "/b" }, 1)];
        Route[] longOne = [Given.Route(new GatewayRouteOptions { Pattern = Path(PathDistance.MostSegments) + "/{**rest}" }, 0)];

        new NearRoutes(short2).Of("h", Path(PathDistance.MostSegments), "GET", new HeaderDictionary(), 3).IsWhole.Should().BeTrue();
        new NearRoutes(short2).Of("h", Path(PathDistance.MostSegments + 1), "GET", new HeaderDictionary(), 3).IsWhole.Should().BeFalse();
        new NearRoutes(short2, most: 1).Of("h", "/b", "GET", new HeaderDictionary(), 3).IsWhole.Should().BeFalse();
        new NearRoutes(longOne).Of("h", "/b", "GET", new HeaderDictionary(), 3).IsWhole.Should().BeFalse();
    }

    /// <summary>The whole tree's answer is that of the routes asked one by one, and of the order in words: 10,000 times.</summary>
    [Fact]
    public void RandomTables_AreRoutedAsEachRouteByItselfAndTheirPrecedenceSay()
    {
        int found = 0, methods = 0;
        for (int seed = 0; seed < 500; seed++)
        {
            var random = new RandomRoutes(seed);
            Router router = new RequestRehearsal(random.Table()).Router;
            for (int i = 0; i < 20; i++)
            {
                (string method, string target, (string Name, string Value)[] headers) = random.Request();
                string path = PathNormalizer.Normalize(target).Path;
                string host = RouteLookup.HostWithoutPort(headers.FirstOrDefault(static header => header.Name == "Host").Value ?? "").ToString();
                var sent = new HeaderDictionary(headers.ToDictionary(static header => header.Name, static header => new Microsoft.Extensions.Primitives.StringValues(header.Value)));
                RouteMatch match = router.Find(host, path, method, sent);
                NearRoute[] asked = [.. router.Routes.Select(route => new NearRoute(
                    route, RoutePattern.Parse(route.Options.Pattern, out _)!, NearRoutes.ObstaclesOf(route, host, path, method, sent), 0))];
                NearRoute? first = asked.Where(static one => one.Obstacles.Count == 0)
                    .Order(Comparer<NearRoute>.Create((a, b) => RoutePrecedence.Compare(a, b, method))).FirstOrDefault();

                match.Route.Should().Be(first?.Route, "seed {0}, request {1}: {2} {3}", seed, i, method, target);
                bool isWrongMethod = asked.Any(static one => one.Obstacles is [{ Predicate: RoutePredicate.Method }]);
                match.Miss.Should().Be(first is not null ? RouteMiss.None : isWrongMethod ? RouteMiss.WrongMethod : RouteMiss.UnknownPath);
                found += first is null ? 0 : 1;
                methods += match.Miss == RouteMiss.WrongMethod ? 1 : 0;
            }
        }

        found.Should().BeGreaterThan(1_000, "else it says little");
        methods.Should().BeGreaterThan(500);
    }

    private static NearRoute[] Near(string path, int most, params string[] patterns) =>
    [
        .. new NearRoutes([.. patterns.Select(static (pattern, index) => Given.Route(new GatewayRouteOptions { Pattern = pattern }, index))])
            .Of("h", path, "GET", new HeaderDictionary(), most).Nearest,
    ];
}
