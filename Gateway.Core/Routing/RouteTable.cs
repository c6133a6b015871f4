using Gateway.Core.Context;
using Gateway.Core.Errors;

namespace Gateway.Core.Routing;

/// <summary>Checks a set of routes as a whole: patterns that read, no two that can never be told apart, none that can never match.</summary>
internal static class RouteTable
{
    /// <summary>Paths that the gateway answers itself.</summary>
    private static readonly string[] Reserved = ["/health", "/health/live", "/health/ready"];

    public static void Validate(string at, IReadOnlyDictionary<string, GatewayRouteOptions> routes, OptionErrors errors)
    {
        var taken = new Dictionary<string, List<(string Name, GatewayRouteOptions Route)>>(StringComparer.Ordinal);
        foreach ((string name, GatewayRouteOptions route) in routes.OrderBy(static route => route.Key, StringComparer.Ordinal))
        {
            string key = $"{at}:{name}";
            if (RoutePattern.Parse(route.Pattern, out string? problem) is not { } pattern)
            {
                errors.Add($"{key}:{nameof(GatewayRouteOptions.Pattern)}", route.Pattern.Length == 0 ? "a route needs a pattern" : problem!);
                continue;
            }

            ValidateOne(key, route, pattern, errors);
            string shape = $"{route.Host?.ToUpperInvariant()}|{pattern.Shape}";
            if (!taken.TryGetValue(shape, out List<(string, GatewayRouteOptions)>? twins))
            {
                taken[shape] = twins = [];
            }

            foreach ((string twin, GatewayRouteOptions other) in twins)
            {
                if (Overlap(route, other) is { } method)
                {
                    errors.Add($"{key}:{nameof(GatewayRouteOptions.Pattern)}",
                        $"the routes '{twin}' and '{name}' can never be told apart for {method}: same host, same pattern '{route.Pattern}', same headers");
                }
            }

            twins.Add((name, route));
        }
    }

    private static void ValidateOne(string at, GatewayRouteOptions route, RoutePattern pattern, OptionErrors errors)
    {
        bool takesGet = route.Methods is null || route.Methods.Contains("GET") || route.Methods.Contains("HEAD");
        if (takesGet && Reserved.Contains(route.Pattern))
        {
            errors.Add($"{at}:{nameof(GatewayRouteOptions.Pattern)}", $"the gateway answers GET {route.Pattern} itself, so this route can never match it");
        }

        if (route.StripPrefix is { } prefix && pattern.SegmentsOf(prefix) is null)
        {
            errors.Add($"{at}:{nameof(GatewayRouteOptions.StripPrefix)}", $"'{prefix}' is not made of the leading literal segments of the pattern '{route.Pattern}'");
        }

        if (route.Host is { } host && !IsHost(host))
        {
            errors.Add($"{at}:{nameof(GatewayRouteOptions.Host)}",
                $"'{host}' is not a host name; write it without scheme and port, and an IPv6 address in brackets");
        }

        foreach (string header in route.Headers.Keys)
        {
            if (header.Length == 0 || !header.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            {
                errors.Add($"{at}:{nameof(GatewayRouteOptions.Headers)}:{header}", $"'{header}' is not a header name");
            }
        }
    }

    /// <summary>As it stands in a Host header, less the port: there, IPv6 addresses always have brackets.</summary>
    private static bool IsHost(string host) =>
        host.StartsWith('[') && host.EndsWith(']')
            ? Uri.CheckHostName(host[1..^1]) == UriHostNameType.IPv6
            : Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4;

    /// <summary>A method that both routes take with equal right; null when something tells them apart.</summary>
    private static string? Overlap(GatewayRouteOptions a, GatewayRouteOptions b)
    {
        bool sameHeaders = a.Headers.Count == b.Headers.Count
            && a.Headers.All(header => b.Headers.Any(other =>
                string.Equals(header.Key, other.Key, StringComparison.OrdinalIgnoreCase) && header.Value == other.Value));
        if (!sameHeaders || a.Methods is null != b.Methods is null)
        {
            return null;
        }

        return a.Methods is null ? "any method" : a.Methods.Intersect(b.Methods!).FirstOrDefault();
    }
}
