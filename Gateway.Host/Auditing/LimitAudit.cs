using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Host.Redis;

namespace Gateway.Host.Auditing;

/// <summary>Who may call how often, and with how much.</summary>
internal static class LimitAudit
{
    /// <summary>Routes that a finding about several of them names.</summary>
    private const int MostNames = 5;

    public static IEnumerable<Finding> Of(GatewayOptions gateway) =>
        [.. gateway.Routes.SelectMany(route => Route(gateway, route.Key, route.Value)), .. BeforeAuthentication(gateway), .. Stores(gateway), .. Unused(gateway)];

    /// <summary>Whether a route lets anybody in without asking who it is.</summary>
    internal static bool AsksNobody(GatewayOptions gateway, GatewayRouteOptions route) =>
        route.Auth == RouteAuth.Anonymous || !gateway.Auth.IsConfigured || CallerAudit.IsSkipped(route, gateway.Auth);

    /// <summary>Why anybody may call the route, in a few words; null when it takes a user to.</summary>
    private static string? Openness(GatewayOptions gateway, GatewayRouteOptions route) =>
        route.Require is { Roles.Count: > 0 } or { Scopes.Count: > 0 } ? null
        : route.Auth == RouteAuth.Anonymous || !gateway.Auth.IsConfigured ? "Auth is Anonymous"
        : AsksNobody(gateway, route) ? "its paths are in Gateway:Auth:SkipPaths"
        : route.Auth == RouteAuth.Optional ? "Auth is Optional"
        : null;

    private static IEnumerable<Finding> Route(GatewayOptions gateway, string name, GatewayRouteOptions route)
    {
        if (Openness(gateway, route) is not { } openness)
        {
            yield break;
        }

        string key = ConfigurationAudit.Key(nameof(GatewayOptions.Routes), name);
        IReadOnlyList<string> names = route.RateLimits ?? gateway.DefaultRateLimits;
        bool asksNobody = AsksNobody(gateway, route);
        string[] byUser = [.. names.Where(policy => gateway.RateLimits[policy].Key == RateLimitKeyKind.User)];
        bool isLimited = names.Any(policy => gateway.RateLimits[policy].Key is RateLimitKeyKind.Ip or RateLimitKeyKind.UserOrIp);
        if (names.Count == 0)
        {
            yield return new Finding(FindingKind.UnlimitedAnonymous, key, $"the route is open to anyone ({openness}) and has no rate limit");
        }
        else if (!isLimited && byUser.Length == names.Count && !asksNobody)
        {
            yield return new Finding(FindingKind.UnlimitedAnonymous, key,
                $"the route is open to anyone ({openness}), and its limits count by user alone: a request without a token is not limited");
        }
        else if (!isLimited && byUser.Length < names.Count)
        {
            yield return new Finding(FindingKind.LimitByChoice, key,
                $"the route is open to anyone, and its limits count by {RateLimitPlan.ApiKeyHeader}{(byUser.Length == 0 ? "" : " or user")} alone: a request without one is not limited");
        }

        foreach (string policy in asksNobody ? byUser : [])
        {
            yield return new Finding(FindingKind.LimitWithoutUser, key,
                $"the limit '{policy}' counts by user, but the route asks nobody who the user is ({openness}), so it never limits");
        }

        if (route.MaxRequestBodyBytes == 0)
        {
            yield return new Finding(FindingKind.UnlimitedBody, $"{key}:{nameof(GatewayRouteOptions.MaxRequestBodyBytes)}",
                "the route is open to anyone, and takes bodies of any size");
        }
    }

    /// <summary>One finding for all routes: what is missing is one limit, for all of them.</summary>
    private static IEnumerable<Finding> BeforeAuthentication(GatewayOptions gateway)
    {
        if (!gateway.Auth.IsConfigured || !gateway.Auth.UsesAuthService)
        {
            yield break;
        }

        string[] routes = [.. gateway.Routes
            .Where(route => !AsksNobody(gateway, route.Value) && !(route.Value.RateLimits ?? gateway.DefaultRateLimits).Any(policy => gateway.RateLimits[policy].Key == RateLimitKeyKind.Ip))
            .Select(static route => $"'{route.Key}'")];
        if (routes.Length > 0)
        {
            string named = string.Join(", ", routes.Take(MostNames)) + (routes.Length > MostNames ? $" and {routes.Length - MostNames} more" : "");
            yield return new Finding(FindingKind.UnlimitedTokens, ConfigurationAudit.Key(nameof(GatewayOptions.Auth), nameof(AuthOptions.ServiceUrl)),
                $"no limit with the key Ip stands before authentication on {named}, so one address may have as many made-up tokens checked as MaxConcurrentCalls allows");
        }
    }

    private static IEnumerable<Finding> Stores(GatewayOptions gateway)
    {
        (string Key, string? Address)[] stores =
        [
            (ConfigurationAudit.Key(nameof(GatewayOptions.RateLimitStore), nameof(RateLimitStoreOptions.Redis)),
                gateway.RateLimitStore.Kind == RateLimitStoreKind.Redis ? gateway.RateLimitStore.Redis : null),
            (ConfigurationAudit.Key(nameof(GatewayOptions.Auth), nameof(AuthOptions.Shared), nameof(SharedTokenOptions.Redis)), gateway.Auth.Shared.Redis),
        ];
        foreach ((string key, string? address) in stores)
        {
            if (address is null)
            {
                continue;
            }

            (bool isEncrypted, bool hasPassword, IReadOnlyList<string> hosts) = RedisConnection.About(address);
            if (hosts.FirstOrDefault(PublicAddress.Is) is { } open && !(isEncrypted && hasPassword))
            {
                yield return new Finding(FindingKind.OpenStore, key,
                    $"the store at '{open}' is outside of private networks and is spoken to without {(isEncrypted ? "a password" : hasPassword ? "TLS" : "TLS and without a password")}; write ssl=true and password=…");
            }
        }
    }

    private static IEnumerable<Finding> Unused(GatewayOptions gateway)
    {
        HashSet<string> used = [.. gateway.DefaultRateLimits, .. gateway.Routes.Values.SelectMany(static route => route.RateLimits ?? [])];
        return gateway.RateLimits.Keys.Where(name => !used.Contains(name)).Select(static name =>
            new Finding(FindingKind.UnusedLimit, ConfigurationAudit.Key(nameof(GatewayOptions.RateLimits), name), "no route names this limit, and it is no default"));
    }
}
