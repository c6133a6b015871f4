using Gateway.Core.Context;
using Gateway.Core.Errors;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Routing;

/// <summary>Which service? 404 for an unknown path, 405 with Allow for a path that does not take the method. Where a route splits its requests,
/// the choice is made here, behind authentication, since it may go by the user.</summary>
/// <param name="next">Asks the service.</param>
/// <param name="router">Knows what a path allows.</param>
/// <param name="splitByRoute">One for each route, by its Index; null where there is nothing to choose.</param>
/// <param name="near">Finds the routes that a 404 names; null when it names none.</param>
internal sealed class RoutingMiddleware(GatewayStep next, Router router, ServiceSplit?[] splitByRoute, NearRoutes? near = null)
{
    /// <summary>Routes that a 404 names.</summary>
    internal const int MostNamed = 3;

    public Task InvokeAsync(GatewayContext context) => context.Miss switch
    {
        RouteMiss.None => GoOn(context),
        RouteMiss.WrongMethod => RefuseMethod(context),
        _ => RefusePath(context),
    };

    private Task RefusePath(GatewayContext context)
    {
        if (near is not null)
        {
            HttpRequest request = context.Http.Request;
            context.NearestRoutes =
            [
                .. near.Of(RouteLookup.HostWithoutPort(request.Host.Value).ToString(), context.Path, context.Method, request.Headers, MostNamed).Nearest
                    .Select(static one => $"{one.Route.Name}: {string.Join(", ", one.Route.Options.Methods ?? [])} {one.Route.Options.Host}{one.Pattern.Text}".Replace(":  ", ": ", StringComparison.Ordinal)),
            ];
        }

        return context.Refuse(GatewayError.NoRoute);
    }

    private Task GoOn(GatewayContext context)
    {
        splitByRoute[context.Route!.Index]?.Choose(context);
        return next(context);
    }

    private Task RefuseMethod(GatewayContext context)
    {
        HttpRequest request = context.Http.Request;
        context.Allow = router.Allow(RouteLookup.HostWithoutPort(request.Host.Value), context.Path, request.Headers);
        return context.Refuse(GatewayError.MethodNotAllowed, $"Allowed: {context.Allow}.");
    }
}
