using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Routing;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Routing;

public sealed class RouteLookupTests
{
    private readonly Router _router = new([
        Given.Route(new() { Pattern = "/a", Methods = ["GET"] }, 0, "a"),
        Given.Route(new() { Pattern = "/b", Host = "api.example.com", Auth = RouteAuth.Optional }, 1, "b"),
        Given.Route(new() { Pattern = "/b", Host = "[2001:db8::1]" }, 2, "b6"),
    ]);

    private bool _wentOn;

    [Theory]
    [InlineData("GET", "/none")]
    [InlineData("DELETE", "/a")]
    public async Task Miss_GoesOn_SinceWhoIsCallingComesFirst(string method, string path)
    {
        GatewayContext context = await RunAsync(method, path, "h");
        _wentOn.Should().BeTrue();
        context.Error.Should().Be(GatewayError.None);
        context.Route.Should().BeNull();
        context.Miss.Should().NotBe(RouteMiss.None);
    }

    [Theory]
    [InlineData("api.example.com", "b")]
    [InlineData("api.example.com:8000", "b")]
    [InlineData("[2001:db8::1]", "b6")]
    [InlineData("[2001:db8::1]:8000", "b6")]
    [InlineData("", null)]
    public async Task Host_IsComparedWithoutItsPort(string host, string? route)
    {
        GatewayContext context = await RunAsync("GET", "/b", host);
        context.Route?.Name.Should().Be(route);
        context.Auth.Should().Be(route == "b" ? RouteAuth.Optional : RouteAuth.Required);
    }

    [Fact]
    public void Lookup_DoesNotAllocate()
    {
        RouteLookup lookup = new(static _ => Task.CompletedTask, _router);
        GatewayContext context = Given.Context();
        (context.Http.Request.Method, context.Http.Request.Host, context.Path) = ("GET", new HostString("api.example.com:80"), "/b");
        Allocations.Of(() => lookup.InvokeAsync(context)).Should().Be(0);
        context.Route!.Name.Should().Be("b");
    }

    private async Task<GatewayContext> RunAsync(string method, string path, string host)
    {
        GatewayContext context = Given.Context();
        (context.Http.Request.Method, context.Http.Request.Host, context.Path) = (method, new HostString(host), path);
        var lookup = new RouteLookup(
            _ =>
            {
                _wentOn = true;
                return Task.CompletedTask;
            },
            _router);
        await lookup.InvokeAsync(context);
        return context;
    }
}
