using Gateway.Core.Context;
using Gateway.Core.Errors;

namespace Gateway.Core.Routing;

/// <summary>Which service? 404 for an unknown path, 405 with Allow for a path that does not take the method.</summary>
internal sealed class RoutingMiddleware(GatewayStep next)
{
    public Task InvokeAsync(GatewayContext context) => context.Miss switch
    {
        RouteMiss.None => next(context),
        RouteMiss.WrongMethod => context.Refuse(GatewayError.MethodNotAllowed, $"Allowed: {context.Allow}."),
        _ => context.Refuse(GatewayError.NoRoute),
    };
}
