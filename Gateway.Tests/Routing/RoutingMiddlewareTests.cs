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

    private async Task<GatewayContext> RunAsync(string method, string path)
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
            [null]);
        await new RouteLookup(static _ => Task.CompletedTask, _router).InvokeAsync(context);
        await stage.InvokeAsync(context);
        return context;
    }
}
