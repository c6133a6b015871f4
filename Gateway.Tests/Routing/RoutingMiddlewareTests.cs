using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Routing;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Routing;

/// <summary>The lookup before authentication and the refusal behind it, one after the other as in the pipeline.</summary>
public sealed class RoutingMiddlewareTests
{
    private readonly Router _router = new([Given.Route(new() { Pattern = "/a", Methods = ["GET"], Auth = RouteAuth.Anonymous }, 0, "a")]);

    private bool _wentOn;

    [Fact]
    public async Task KnownPath_GoesOnWithItsRouteAndRule()
    {
        GatewayContext context = await RunAsync("GET", "/a");
        _wentOn.Should().BeTrue();
        (context.Route!.Name, context.Miss, context.Auth).Should().Be(("a", RouteMiss.None, RouteAuth.Anonymous));
    }

    [Fact]
    public async Task UnknownPath_IsRefused404_AndNeedsAToken()
    {
        GatewayContext context = await RunAsync("GET", "/none");
        _wentOn.Should().BeFalse();
        context.Error.Should().Be(GatewayError.NoRoute);
        context.Auth.Should().Be(RouteAuth.Required, "a caller without a token learns nothing about paths");
    }

    [Fact]
    public async Task WrongMethod_IsRefused405_WithAllow_UnderTheRuleOfThePath()
    {
        GatewayContext context = await RunAsync("DELETE", "/a");
        _wentOn.Should().BeFalse();
        context.Error.Should().Be(GatewayError.MethodNotAllowed);
        context.Allow.Should().Be("GET, HEAD");
        context.Detail.Should().Be("Allowed: GET, HEAD.");
        context.Auth.Should().Be(RouteAuth.Anonymous);
    }

    [Fact]
    public async Task UnknownPath_NamesTheNearestRoutes_WhereThatIsWanted()
    {
        Route[] routes =
        [
            .. Enumerable.Range(0, RoutingMiddleware.MostNamed + 1).Select(static i => Given.Route(new() { Pattern = $"/things/{{x}}/part{i}" }, i, $"r{i}")),
            Given.Route(new() { Pattern = "/words/{x}", Host = "shop.example", Methods = ["GET", "PUT"] }, 9, "words"),
        ];
        GatewayContext context = await RunAsync("GET", "/wods/1", new NearRoutes(routes));
        context.Error.Should().Be(GatewayError.NoRoute);
        context.NearestRoutes.Should().Equal("words: GET, PUT shop.example/words/{x}");
        (await RunAsync("GET", "/things/1/part", new NearRoutes(routes))).NearestRoutes.Should().HaveCount(RoutingMiddleware.MostNamed)
            .And.HaveElementAt(0, "r0: /things/{x}/part0");
        (await RunAsync("GET", "/wods/1")).NearestRoutes.Should().BeNull();
    }

    private async Task<GatewayContext> RunAsync(string method, string path, NearRoutes? near = null)
    {
        GatewayContext context = Given.Context();
        (context.Http.Request.Method, context.Http.Request.Host, context.Path) = (method, new HostString("h"), path);
        var stage = new RoutingMiddleware(
            _ =>
            {
                _wentOn = true;
                return Task.CompletedTask;
            },
            _router,
            [null],
            near);
        await new RouteLookup(static _ => Task.CompletedTask, _router).InvokeAsync(context);
        await stage.InvokeAsync(context);
        return context;
    }
}
