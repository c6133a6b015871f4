using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Routing;
using Route = Gateway.Core.Context.Route;
using RouteOptions = Gateway.Core.Context.RouteOptions;

namespace Gateway.Host.Configuration;

/// <summary>Runs the configuration's own tests against its routes, on the router that requests will meet.</summary>
internal static class ConfigurationTests
{
    /// <summary>For <see cref="TestExpectation.Route"/>: no route matches. A route of that name goes first.</summary>
    public const string NoRoute = "none";

    /// <param name="options">Valid options.</param>
    /// <param name="tests">Valid tests.</param>
    /// <returns>The tests that failed, with their keys.</returns>
    public static IEnumerable<OptionError> Run(GatewayOptions options, IReadOnlyList<TestOptions> tests)
    {
        if (tests.Count == 0)
        {
            yield break;
        }

        Router router = RouterOf(options);
        for (int i = 0; i < tests.Count; i++)
        {
            if (Fail(router, options, tests[i]) is { } failure)
            {
                yield return new OptionError(
                    $"{SettingsBinder.GatewayKey}:{nameof(HostOptions.Tests)}:{i}", $"'{tests[i].Request}' failed: {failure}");
            }
        }
    }

    private static string? Fail(Router router, GatewayOptions options, TestOptions test)
    {
        TestRequest request = TestRequest.Parse(test.Request)!;
        RouteMatch match = router.Find(request.Host, request.Path, request.Method, new HeaderDictionary());
        Route? route = match.Route;
        if (request.HasEncodedSlash && route?.Options.EncodedSlash != EncodedSlash.Keep)
        {
            route = null;
        }

        string got = route is not null ? $"'{route.Name}'"
            : match.Route is not null ? $"none, since '{match.Route.Name}' refuses an encoded slash"
            : match.Miss == RouteMiss.WrongMethod ? $"none, since its path does not take {request.Method}"
            : "none, since no route has its path";
        if (test.Expect.Route is { } expected && expected != route?.Name)
        {
            bool expectsNone = expected == NoRoute && !options.Routes.ContainsKey(NoRoute);
            if (!expectsNone || route is not null)
            {
                return $"expected {(expectsNone ? "no route" : $"route '{expected}'")}, got {got}";
            }
        }

        return test.Expect.Service is { } service && (route is null || !ServicesOf(route.Options).Contains(service))
            ? $"expected service '{service}', got {(route is null ? got : string.Join(" or ", ServicesOf(route.Options).Select(static name => $"'{name}'")))}"
            : null;
    }

    /// <summary>Those that the route may send the request to: of a split all that have a share, since a test has no client to tell them apart.</summary>
    private static IEnumerable<string> ServicesOf(RouteOptions route) =>
        route.Split?.Services.Where(static share => share.Value > 0).Select(static share => share.Key) ?? [route.Service];

    private static Router RouterOf(GatewayOptions options)
    {
        var services = options.Services
            .Select(static (service, index) => new BackendService(service.Key, index, service.Value, TimeProvider.System))
            .ToDictionary(static service => service.Name);
        return new Router([.. options.Routes.Select((route, index) => new Route(route.Key, index, route.Value, services[route.Value.Service]))]);
    }
}
