using Gateway.Core.Context;
using Gateway.Core.Routing;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Routing;

/// <summary>Host, method and headers: what decides beside the path.</summary>
public sealed class RouterBeyondThePathTests
{
    private readonly HeaderDictionary _headers = [];

    [Fact]
    public void ExactHost_WinsOverAnyHost_WhateverThePath()
    {
        Router router = Build(
            new() { Pattern = "/a" },
            new() { Pattern = "/{**rest}", Host = "api.example.com" });

        Name(router, "/a", host: "api.example.com").Should().Be("/{**rest}");
        Name(router, "/a", host: "API.Example.COM").Should().Be("/{**rest}");
        Name(router, "/a", host: "other.example.com").Should().Be("/a");
        Name(router, "/b", host: "other.example.com").Should().BeNull();
    }

    [Fact]
    public void HostThatHasNoSuchPath_FallsBackToAnyHost()
    {
        Router router = Build(new() { Pattern = "/a" }, new() { Pattern = "/b", Host = "h" });
        Name(router, "/a", host: "h").Should().Be("/a");
    }

    [Fact]
    public void MethodsOfOnePath_GoToTheirRoutes()
    {
        Router router = Named(
            ("read", new() { Pattern = "/a", Methods = ["GET"] }),
            ("write", new() { Pattern = "/a", Methods = ["POST", "PUT"] }),
            ("rest", new() { Pattern = "/a" }));

        Name(router, "/a", "GET").Should().Be("read");
        Name(router, "/a", "HEAD").Should().Be("read", "GET includes HEAD");
        Name(router, "/a", "PUT").Should().Be("write");
        Name(router, "/a", "DELETE").Should().Be("rest");
        Name(router, "/a", "get").Should().Be("rest", "methods are compared with case");
    }

    [Fact]
    public void ExplicitHead_WinsOverTheOneThatGetImplies()
    {
        Router router = Named(
            ("get", new() { Pattern = "/a", Methods = ["GET"], Headers = new Dictionary<string, string> { ["X-A"] = "1" } }),
            ("head", new() { Pattern = "/a", Methods = ["HEAD"] }));
        _headers["X-A"] = "1";

        Name(router, "/a", "HEAD").Should().Be("head");
        Name(router, "/a", "GET").Should().Be("get");
    }

    [Fact]
    public void WrongMethod_IsTriedInTheNextBranch()
    {
        Router router = Named(
            ("new", new() { Pattern = "/p/new", Methods = ["GET"] }),
            ("any", new() { Pattern = "/p/{x}", Methods = ["POST"] }));

        Name(router, "/p/new", "POST").Should().Be("any");
    }

    [Fact]
    public void WrongMethodEverywhere_NamesTheNearestRouteAndWhatIsAllowed()
    {
        Router router = Named(
            ("item", new() { Pattern = "/p/{x}", Methods = ["GET"], Auth = RouteAuth.Anonymous }),
            ("all", new() { Pattern = "/{**rest}", Methods = ["OPTIONS", "POST"] }),
            ("elsewhere", new() { Pattern = "/q/{x}", Methods = ["PATCH"] }));

        RouteMatch match = Match(router, "/p/1", "DELETE");

        match.Route.Should().BeNull();
        match.Miss.Should().Be(RouteMiss.WrongMethod);
        match.Nearest!.Name.Should().Be("item");
        router.Allow("h", "/p/1", _headers).Should().Be("GET, HEAD, OPTIONS, POST");
    }

    [Fact]
    public void Allow_ListsTheHostsMethodsToo()
    {
        Router router = Build(
            new() { Pattern = "/a", Methods = ["GET"], Host = "h" },
            new() { Pattern = "/a", Methods = ["PUT"] },
            new() { Pattern = "/a", Methods = ["PATCH"], Host = "other" });

        router.Allow("h", "/a", _headers).Should().Be("GET, HEAD, PUT");
    }

    [Fact]
    public void Headers_MustMatchExactly_AndMoreOfThemWin()
    {
        Router router = Named(
            ("plain", new() { Pattern = "/a" }),
            ("beta", new() { Pattern = "/a", Headers = new Dictionary<string, string> { ["X-Beta"] = "yes" } }),
            ("both", new() { Pattern = "/a", Headers = new Dictionary<string, string> { ["X-Beta"] = "yes", ["X-Eu"] = "1" } }));

        Name(router, "/a").Should().Be("plain");
        _headers["x-beta"] = "yes";
        Name(router, "/a").Should().Be("beta");
        _headers["X-Eu"] = "1";
        Name(router, "/a").Should().Be("both");
        _headers["X-Beta"] = "YES";
        Name(router, "/a").Should().Be("plain");
        _headers["X-Beta"] = new(["yes", "yes"]);
        Name(router, "/a").Should().Be("plain");
    }

    [Fact]
    public void NamedMethod_WinsOverMoreHeaders()
    {
        Router router = Named(
            ("get", new() { Pattern = "/a", Methods = ["GET"] }),
            ("beta", new() { Pattern = "/a", Headers = new Dictionary<string, string> { ["X-Beta"] = "yes" } }));
        _headers["X-Beta"] = "yes";

        Name(router, "/a", "GET").Should().Be("get");
        Name(router, "/a", "HEAD").Should().Be("get", "also for the HEAD that GET includes");
        Name(router, "/a", "POST").Should().Be("beta");
    }

    [Fact]
    public void HeadersThatDoNotMatch_LeaveThePathUnknown_NotTheMethodWrong()
    {
        Router router = Build(new GatewayRouteOptions { Pattern = "/a", Methods = ["GET"], Headers = new Dictionary<string, string> { ["X-A"] = "1" } });
        Match(router, "/a", "POST").Miss.Should().Be(RouteMiss.UnknownPath);
        Match(router, "/a", "GET").Miss.Should().Be(RouteMiss.UnknownPath);
    }

    private static Router Build(params GatewayRouteOptions[] routes) => Named([.. routes.Select(route => (route.Pattern, route))]);

    private static Router Named(params (string Name, GatewayRouteOptions Options)[] routes) =>
        new([.. routes.Select((route, index) => Given.Route(route.Options, index, route.Name))]);

    private RouteMatch Match(Router router, string path, string method) => router.Find("h", path, method, _headers);

    private string? Name(Router router, string path, string method = "GET", string host = "h") =>
        router.Find(host, path, method, _headers).Route?.Name;
}
