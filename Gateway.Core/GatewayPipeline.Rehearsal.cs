using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.Reception;
using Gateway.Core.Routing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Core;

/// <content>The way without those who take a token, ask somebody or send something, for <see cref="RequestRehearsal"/>.</content>
public sealed partial class GatewayPipeline
{
    /// <summary>The stages that decide by the request and the configuration alone, in the order of <see cref="Assemble"/>; a test sends the same
    /// requests both ways.</summary>
    /// <param name="router">Finds the route.</param>
    /// <param name="cors">Null when CORS is left to the services.</param>
    /// <param name="splits">By the route's index.</param>
    /// <param name="limits">Told of a request that comes as far as the limits and the authentication, which are left out.</param>
    /// <param name="end">Where a request arrives that the gateway would send on, if limits, authentication and instances allowed it.</param>
    internal static GatewayStep Rehearse(Router router, CorsOptions? cors, ServiceSplit?[] splits, Action limits, GatewayStep end)
    {
        GatewayStep way = new MaxForwards(end).InvokeAsync;
        GatewayStep behind = new RoutingMiddleware(way, router, splits).InvokeAsync;
        way = context =>
        {
            limits();
            return behind(context);
        };
        way = cors is null ? way : new CorsMiddleware(way, cors, NullLoggerFactory.Instance).InvokeAsync;
        way = new RouteForm(way).InvokeAsync;
        way = new RouteLookup(way, router).InvokeAsync;
        way = new ServerOptions(way).InvokeAsync;
        return new HealthEndpoints(way, new InFlightRequests(), static () => false).InvokeAsync;
    }
}
