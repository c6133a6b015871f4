using Gateway.Core.Context;
using Gateway.Core.Routing;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Routing;

public sealed class RouterTests
{
    private readonly HeaderDictionary _headers = [];

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a", "/a")]
    [InlineData("/a", "/a/", null)]
    [InlineData("/a/", "/a/")]
    [InlineData("/a/", "/a", null)]
    [InlineData("/a", "/A", null)]
    [InlineData("/a", "/", null)]
    [InlineData("/", "/a", null)]
    [InlineData("/a", "/a/b", null)]
    [InlineData("/a/b", "/a", null)]
    [InlineData("/{x}", "/a")]
    [InlineData("/{x}", "/", null)]
    [InlineData("/{x}", "/a/b", null)]
    [InlineData("/{x}", "/a/", null)]
    [InlineData("/a/{x}", "/a/", null)]
    [InlineData("/a/{x}/c", "/a//c", null)]
    [InlineData("/{id:int}", "/42")]
    [InlineData("/{id:int}", "/-42")]
    [InlineData("/{id:int}", "/%34%32")]
    [InlineData("/{id:int}", "/9223372036854775807")]
    [InlineData("/{id:int}", "/9223372036854775808", null)]
    [InlineData("/{id:int}", "/+42", null)]
    [InlineData("/{id:int}", "/42a", null)]
    [InlineData("/{id:int}", "/4.2", null)]
    [InlineData("/{id:int}", "/%20" + "42", null)]
    [InlineData("/{id:int}", "/", null)]
    [InlineData("/a/{**rest}", "/a")]
    [InlineData("/a/{**rest}", "/a/")]
    [InlineData("/a/{**rest}", "/a/b")]
    [InlineData("/a/{**rest}", "/a/b/c/d/")]
    [InlineData("/a/{**rest}", "/a//b")]
    [InlineData("/a/{**rest}", "/ab", null)]
    [InlineData("/{**rest}", "/")]
    [InlineData("/{**rest}", "/x/y")]
    [InlineData("/a/{x}/{**rest}", "/a/b")]
    [InlineData("/a/{x}/{**rest}", "/a", null)]
    [InlineData("/a/{x}/{**rest}", "/a/", null)]
    [InlineData("/admin", "/%61dmin")]
    [InlineData("/admin", "/%61%64%6D%69%6e")]
    [InlineData("/größe", "/gr%C3%B6%C3%9Fe")]
    [InlineData("/日本/x", "/%E6%97%A5%E6%9C%AC/x")]
    [InlineData("/😀", "/%F0%9F%98%80")]
    [InlineData("/a", "/%61%FF", null)]
    [InlineData("/a", "/%C1%A1", null)]
    [InlineData("/{x}", "/%FF")]
    [InlineData("/{x}", "/a%2Fb")]
    [InlineData("/a/b", "/a%2Fb", null)]
    [InlineData("/a/{x}", "/a/%2E%2E")]
    public void Path_MatchesOrNot(string pattern, string path, string? winner = "") =>
        Find(path, pattern).Should().Be(winner is null ? null : pattern);

    /// <summary>A row of more than 64 encoded bytes was decoded in pieces that cut characters through.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(22)]
    [InlineData(100)]
    [InlineData(2_000)]
    public void LongEncodedSegment_IsDecodedWhole(int characters)
    {
        string literal = string.Concat(Enumerable.Repeat("日", characters));
        Find("/" + Uri.EscapeDataString(literal) + "/x", $"/{literal}/x", "/{**rest}").Should().Be($"/{literal}/x");
        Find("/" + Uri.EscapeDataString(literal + "本") + "/x", $"/{literal}/x", "/{**rest}").Should().Be("/{**rest}");
    }

    [Theory]
    [InlineData("/p/new", "/p/new")]
    [InlineData("/p/7", "/p/{id:int}")]
    [InlineData("/p/x", "/p/{name}")]
    [InlineData("/p", "/p/{**rest}")]
    [InlineData("/p/x/y", "/p/{**rest}")]
    [InlineData("/q", "/{**rest}")]
    public void MoreSpecificSegment_Wins(string path, string winner) =>
        Find(path, "/{**rest}", "/p/{**rest}", "/p/{name}", "/p/{id:int}", "/p/new").Should().Be(winner);

    [Theory]
    [InlineData("/a/b/c", "/a/b/c")]
    [InlineData("/a/b/d", "/a/{x}/d")]
    [InlineData("/a/1/c", "/a/{x}/c")]
    [InlineData("/a/b/e", "/{y}/b/e")]
    [InlineData("/a/b/f", "/{**rest}")]
    [InlineData("/a/1/f", "/a/{id:int}/f")]
    public void BranchThatEndsNowhere_IsLeftForTheNext(string path, string winner) =>
        Find(path, "/a/b/c", "/a/{x}/d", "/a/{x}/c", "/a/{id:int}/f", "/{y}/b/e", "/{**rest}").Should().Be(winner);

    [Fact]
    public void EarlierSegments_DecideBeforeLaterOnes() =>
        Find("/a/b", "/{x}/b", "/a/{y}").Should().Be("/a/{y}");

    [Fact]
    public void ExactEnd_WinsOverACatchAllOfNothing() => Find("/a", "/a/{**rest}", "/a").Should().Be("/a");

    [Fact]
    public void UnknownPath_IsAnotherMissThanAWrongMethod()
    {
        RouteMatch match = Match(Build(new GatewayRouteOptions { Pattern = "/a", Methods = ["GET"] }), "/b", "GET");
        match.Should().Be(new RouteMatch(null, RouteMiss.UnknownPath, null));
    }

    [Fact]
    public void NoRoutes_FindNothing() => Match(Build(), "/", "GET").Miss.Should().Be(RouteMiss.UnknownPath);

    [Fact]
    public void FiveThousandRoutes_AreAllFound()
    {
        Router router = Build([.. Enumerable.Range(0, 5_000).Select(at => new GatewayRouteOptions
        {
            Pattern = (at % 4) switch
            {
                0 => $"/api/v{at}/things",
                1 => $"/api/v{at}/things/{{id:int}}",
                2 => $"/api/v{at}/{{name}}/parts",
                _ => $"/api/v{at}/{{**rest}}",
            },
        })]);

        for (int at = 0; at < 5_000; at++)
        {
            string path = (at % 4) switch
            {
                0 => $"/api/v{at}/things",
                1 => $"/api/v{at}/things/17",
                2 => $"/api/v{at}/x/parts",
                _ => $"/api/v{at}/a/b/c",
            };
            Match(router, path, "GET").Route!.Index.Should().Be(at);
        }
    }

    [Fact]
    public void PathOfManySegments_DoesNotExhaustTheStack()
    {
        string path = string.Concat(Enumerable.Repeat("/a", 100_000));
        Find(path, "/a/{**rest}", "/{x}/a/b").Should().Be("/a/{**rest}");
    }

    [Theory]
    [InlineData("/api/products/42", "GET")]
    [InlineData("/api/%70roducts/x%20y", "GET")]
    [InlineData("/api/a/b/c", "HEAD")]
    [InlineData("/api/products/42", "PATCH")]
    [InlineData("/none", "GET")]
    public void Lookup_DoesNotAllocate(string path, string method)
    {
        Router router = Build(
            new() { Pattern = "/api/products/{id:int}", Methods = ["GET"] },
            new() { Pattern = "/api/products/{name}", Headers = new Dictionary<string, string> { ["X-A"] = "1" } },
            new() { Pattern = "/api/{**rest}", Methods = ["GET"] },
            new() { Pattern = "/api/products/new", Host = "api.example.com" });

        Allocations.Of(() => router.Find("api.example.com", path, method, _headers)).Should().Be(0);
    }

    [Fact]
    public void BadPattern_IsRefused() =>
        FluentActions.Invoking(() => Build(new GatewayRouteOptions { Pattern = "a" })).Should().Throw<ArgumentException>();

    private static Router Build(params GatewayRouteOptions[] routes) => Named([.. routes.Select(route => (route.Pattern, route))]);

    private static Router Named(params (string Name, GatewayRouteOptions Options)[] routes) =>
        new([.. routes.Select((route, index) => Given.Route(route.Options, index, route.Name))]);

    private RouteMatch Match(Router router, string path, string method) => router.Find("h", path, method, _headers);

    private string? Name(Router router, string path, string method = "GET", string host = "h") =>
        router.Find(host, path, method, _headers).Route?.Name;

    /// <summary>The pattern that takes the path.</summary>
    private string? Find(string path, params string[] patterns) =>
        Name(Build([.. patterns.Select(pattern => new GatewayRouteOptions { Pattern = pattern })]), path);
}
