using Gateway.Core.Context;

namespace Gateway.Core.Routing;

/// <summary>
/// Finds the route before authentication and limits, since both are decided per route, and refuses nothing:
/// <see cref="RoutingMiddleware"/> does that at its own place, so that a caller without a token learns nothing about paths.
/// </summary>
internal sealed class RouteLookup(GatewayStep next, Router router)
{
    public Task InvokeAsync(GatewayContext context)
    {
        Microsoft.AspNetCore.Http.HttpRequest request = context.Http.Request;
        ReadOnlySpan<char> host = HostWithoutPort(request.Host.Value);
        RouteMatch match = router.Find(host, context.Path, context.Method, request.Headers);
        context.Route = match.Route;
        context.Miss = match.Miss;
        if (match.Route is not null)
        {
            context.Auth = match.Route.Auth;
        }
        else if (match.Nearest is not null)
        {
            context.Auth = match.Nearest.Auth;
        }

        return next(context);
    }

    public static ReadOnlySpan<char> HostWithoutPort(ReadOnlySpan<char> host)
    {
        int colon = host.LastIndexOf(':');
        ReadOnlySpan<char> name = colon < 0 || host[colon..].Contains(']') ? host : host[..colon];

        // "shop.example." is the same name, written as DNS does (RFC 1034 §3.1).
        return name.EndsWith('.') ? name[..^1] : name;
    }
}
