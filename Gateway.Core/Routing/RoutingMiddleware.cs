using Gateway.Core.Context;
using Gateway.Core.Errors;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Routing;

/// <summary>Which service? 404 for an unknown path, 405 with Allow for a path that does not take the method.</summary>
internal sealed class RoutingMiddleware(GatewayStep next, Router router)
{
    public Task InvokeAsync(GatewayContext context) => context.Miss switch
    {
        RouteMiss.None => next(context),
        RouteMiss.WrongMethod => RefuseMethod(context),
        _ => context.Refuse(GatewayError.NoRoute),
    };

    private Task RefuseMethod(GatewayContext context)
    {
        HttpRequest request = context.Http.Request;
        context.Allow = router.Allow(RouteLookup.HostWithoutPort(request.Host.Value), context.Path, request.Headers);
        return context.Refuse(GatewayError.MethodNotAllowed, $"Allowed: {context.Allow}.");
    }
}
