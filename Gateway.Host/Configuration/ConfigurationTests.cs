using Gateway.Core;
using Gateway.Core.Configuration;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Route = Gateway.Core.Context.Route;

namespace Gateway.Host.Configuration;

/// <summary>Runs the configuration's own tests against its routes, by the stages that requests will meet.</summary>
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

        var rehearsal = new RequestRehearsal(options);
        for (int i = 0; i < tests.Count; i++)
        {
            if (Fail(rehearsal, options, tests[i]) is { } failure)
            {
                yield return new OptionError(
                    $"{SettingsBinder.GatewayKey}:{nameof(HostOptions.Tests)}:{i}", $"'{tests[i].Request}' failed: {failure}");
            }
        }
    }

    private static string? Fail(RequestRehearsal rehearsal, GatewayOptions options, TestOptions test)
    {
        TestRequest request = TestRequest.Parse(test.Request)!;
        GatewayContext context = rehearsal.Run(RequestRehearsal.Request(request.Method, request.Target, request.Host.Length == 0 ? [] : [new("Host", request.Host)])).Context;
        Route? route = context.Error == GatewayError.None ? context.Route : null;
        string got = route is not null ? $"'{route.Name}'"
            : context.HasEncodedSlash && context.Route is not null ? $"none, since '{context.Route.Name}' refuses an encoded slash"
            : context.Error == GatewayError.MethodNotAllowed ? $"none, since its path does not take {request.Method}"
            : context.Error == GatewayError.None ? "none, since the gateway answers it itself"
            : "none, since no route has its path";
        if (test.Expect.Route is { } expected && expected != route?.Name)
        {
            bool expectsNone = expected == NoRoute && !options.Routes.ContainsKey(NoRoute);
            if (!expectsNone || route is not null)
            {
                return $"expected {(expectsNone ? "no route" : $"route '{expected}'")}, got {got}";
            }
        }

        return test.Expect.Service is { } service && (route is null || !route.Options.AskedServices.Contains(service))
            ? $"expected service '{service}', got {(route is null ? got : string.Join(" or ", route.Options.AskedServices.Select(static name => $"'{name}'")))}"
            : null;
    }
}
