using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;

namespace Gateway.Tests.Kit;

/// <summary>The smallest options that do something, to be changed with <c>with</c>.</summary>
internal static class TestOptions
{
    /// <summary>One anonymous route for every path, to one service with these instances.</summary>
    public static GatewayOptions For(params string[] instances) => For(new ServiceOptions(), instances);

    public static GatewayOptions For(ServiceOptions service, params string[] instances) => new()
    {
        Services = new Dictionary<string, ServiceOptions>
        {
            ["svc"] = service with { Instances = [.. instances.Select(url => new InstanceOptions { Url = url })] },
        },
        Routes = new Dictionary<string, GatewayRouteOptions> { ["all"] = AnyPath },
    };

    public static GatewayRouteOptions AnyPath => new() { Pattern = "/{**rest}", Service = "svc", Auth = RouteAuth.Anonymous };

    public static GatewayOptions WithRoute(this GatewayOptions options, GatewayRouteOptions route) =>
        options with { Routes = new Dictionary<string, GatewayRouteOptions> { ["all"] = route } };

    public static GatewayOptions WithRoutes(this GatewayOptions options, params (string Name, GatewayRouteOptions Route)[] routes) =>
        options with { Routes = routes.ToDictionary(route => route.Name, route => route.Route) };
}
