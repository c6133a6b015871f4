using Gateway.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>
/// Where an embedded gateway stands in an application. All need <c>AddGateway</c>. Routes are matched, and services asked, by
/// <see cref="HttpRequest.Path"/>: as it was sent, byte for byte, unless the application has changed it. What <c>UsePathBase</c> or <c>Map</c> has put
/// aside the service learns by X-Forwarded-Prefix. Headers that the application has put into the response before stay, beside the service's
/// Set-Cookie and Vary too; else the service's of the same name stands. Middleware before it that reads or changes a request's body has to put a
/// whole one back and set its Content-Length, or remove that: a body of another length is refused, 400.
/// </summary>
public static class GatewayApplicationExtensions
{
    /// <summary>As middleware: every request for which routing has not chosen an endpoint of the application goes to the gateway, which always
    /// answers; what stands behind it sees the application's own requests only. <c>/health/*</c> is the gateway's too, unless the application
    /// maps it. It needs no endpoint of its own, so it costs least, and nothing of ASP.NET that goes by endpoints (authorization, CORS, rate
    /// limits) applies to it. A path of the application's with another method is the application's 405. In a plain Startup it stands
    /// between UseRouting and UseEndpoints.</summary>
    /// <param name="app">The application.</param>
    public static IApplicationBuilder UseGateway(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        IServiceProvider services = app.ApplicationServices;
        ThrowIfMissing(services);
        GatewayPipeline? pipeline = null;

        // Not asked for before there is a request: a branch is built before the application starts, and a section would be read too early.
        return app.Use(next => http => http.GetEndpoint() is null
            ? (pipeline ??= services.GetRequiredService<GatewayPipeline>()).InvokeAsync(http) : next(http));
    }

    /// <summary>As the endpoint of last resort: every path and method that no other endpoint takes. Unlike with <see cref="UseGateway"/>,
    /// ASP.NET's own middleware that goes by endpoints can be put on it: <c>MapGateway().RequireAuthorization()</c>.</summary>
    /// <param name="endpoints">The application's.</param>
    public static IEndpointConventionBuilder MapGateway(this IEndpointRouteBuilder endpoints)
    {
        IEndpointConventionBuilder gateway = endpoints.MapGateway("/{**path}");
        gateway.Add(static builder => ((RouteEndpointBuilder)builder).Order = int.MaxValue);
        return gateway;
    }

    /// <summary>As an endpoint among the others, for the paths of a pattern; its routes see the whole path. Other paths are the application's
    /// matter.</summary>
    /// <param name="endpoints">The application's.</param>
    /// <param name="pattern">Of ASP.NET's routing, such as <c>/api/{**path}</c>.</param>
    public static IEndpointConventionBuilder MapGateway(this IEndpointRouteBuilder endpoints, string pattern)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ThrowIfMissing(endpoints.ServiceProvider);
        IServiceProvider services = endpoints.ServiceProvider;

        // Not asked for here: then wrong options would fail before the application starts, and a section would be read too early.
        RequestDelegate gateway = http => services.GetRequiredService<GatewayPipeline>().InvokeAsync(http);
        return endpoints.Map(pattern, gateway).WithDisplayName("Gateway");
    }

    private static void ThrowIfMissing(IServiceProvider services)
    {
        if (services.GetRequiredService<IServiceProviderIsService>().IsService(typeof(GatewayPipeline)))
        {
            return;
        }

        throw new InvalidOperationException("There is no gateway; call builder.Services.AddGateway(…) first.");
    }
}
