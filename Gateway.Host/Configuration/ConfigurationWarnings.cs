using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.Errors;
using RouteOptions = Gateway.Core.Context.RouteOptions;

namespace Gateway.Host.Configuration;

/// <summary>What is legal but unsafe. Nothing is refused because of it.</summary>
internal static class ConfigurationWarnings
{
    private const string At = SettingsBinder.GatewayKey;

    /// <param name="options">Valid options.</param>
    public static IEnumerable<OptionError> Of(GatewayOptions options) => [.. Origins(options.Cors), .. Services(options), .. Routes(options)];

    private static IEnumerable<OptionError> Origins(CorsOptions? cors)
    {
        for (int i = 0; cors is { AllowCredentials: true } && i < cors.AllowedOrigins.Count; i++)
        {
            string origin = cors.AllowedOrigins[i];
            if (origin.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            {
                yield return new OptionError($"{At}:{nameof(GatewayOptions.Cors)}:{nameof(CorsOptions.AllowedOrigins)}:{i}",
                    $"'{origin}' is not encrypted, so whoever can answer in its place may call with the user's credentials");
            }
        }
    }

    private static IEnumerable<OptionError> Services(GatewayOptions options)
    {
        foreach ((string name, ServiceOptions service) in options.Services)
        {
            if (service.HealthCheck is null)
            {
                yield return new OptionError($"{At}:{nameof(GatewayOptions.Services)}:{name}",
                    "the service has no HealthCheck, so an instance that is down is noticed only by the requests it fails");
            }
        }
    }

    private static IEnumerable<OptionError> Routes(GatewayOptions options)
    {
        foreach ((string name, RouteOptions route) in options.Routes)
        {
            if (route.Auth == RouteAuth.Anonymous && (route.RateLimits ?? options.DefaultRateLimits).Count == 0)
            {
                yield return new OptionError($"{At}:{nameof(GatewayOptions.Routes)}:{name}",
                    "the route is open to anyone (Auth is Anonymous) and has no rate limit");
            }
        }
    }
}
