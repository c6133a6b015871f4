using Gateway.Core.Context;

namespace Gateway.Core.RateLimiting;

/// <summary>
/// Which policies apply on which route, decided when the configuration is loaded. The two stages share it, and so the limiters:
/// routes that name one policy share its buckets. Immutable but for the buckets; safe from any thread.
/// </summary>
internal sealed class RouteLimits
{
    private readonly RateLimitPlan _default;
    private readonly RateLimitPlan[] _byRoute;

    private RouteLimits(IReadOnlyList<RateLimiter> limiters, RateLimitPlan @default, RateLimitPlan[] byRoute) =>
        (Limiters, _default, _byRoute) = (limiters, @default, byRoute);

    /// <summary>One for each policy of the configuration, by name.</summary>
    public IReadOnlyList<RateLimiter> Limiters { get; }

    /// <param name="options">Valid options.</param>
    /// <param name="routes">The routes of the same options; their Index is their position.</param>
    /// <param name="clock">Also the stages'.</param>
    public static RouteLimits Build(GatewayOptions options, IReadOnlyList<Route> routes, TimeProvider clock)
    {
        Dictionary<string, RateLimiter> byName = options.RateLimits.ToDictionary(
            static policy => policy.Key,
            policy => new RateLimiter(policy.Key, policy.Value, options.RateLimitStore, clock),
            StringComparer.Ordinal);
        RateLimitPlan Plan(IReadOnlyList<string> names) => new([.. names.Distinct(StringComparer.Ordinal).Select(name => byName[name])]);

        RateLimitPlan @default = Plan(options.DefaultRateLimits);
        var byRoute = new RateLimitPlan[routes.Count];
        foreach (Route route in routes)
        {
            byRoute[route.Index] = route.Options.RateLimits is { } names ? Plan(names) : @default;
        }

        return new RouteLimits([.. byName.Values.OrderBy(static limiter => limiter.Name, StringComparer.Ordinal)], @default, byRoute);
    }

    /// <param name="route">Null for a request without a route: the default policies.</param>
    public RateLimitPlan For(Route? route) => route is null ? _default : _byRoute[route.Index];
}
