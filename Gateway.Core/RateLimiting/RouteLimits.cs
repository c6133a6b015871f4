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

    /// <param name="policies">Valid policies by name.</param>
    /// <param name="defaults">Names of the policies for requests without a route, and for routes that name none.</param>
    /// <param name="store">Bounds of each policy's buckets.</param>
    /// <param name="routes">The routes of the same configuration; their Index is their position.</param>
    /// <param name="clock">Also the stages'.</param>
    /// <param name="link">The way to a store of several gateways; null when the buckets are this process's alone.</param>
    /// <param name="keySources">The application's own keys, by the names that policies have for them.</param>
    /// <param name="before">The limits of the configuration before: the buckets of policies that have not changed stay in use. Null for the first.</param>
    public static RouteLimits Build(
        IReadOnlyDictionary<string, RateLimitPolicyOptions> policies,
        IReadOnlyList<string> defaults,
        RateLimitStoreOptions store,
        IReadOnlyList<Route> routes,
        TimeProvider clock,
        StoreLink? link = null,
        IReadOnlyDictionary<string, RateLimitKeySource>? keySources = null,
        RouteLimits? before = null)
    {
        Dictionary<string, RateLimiter> byName = policies.ToDictionary(
            static policy => policy.Key,
            policy => before?.Limiters.FirstOrDefault(limiter => limiter.Name == policy.Key && limiter.Is(policy.Value, store))
                ?? new RateLimiter(
                    policy.Key, policy.Value, store, clock, link, policy.Value.CustomKey is { } key ? keySources?.GetValueOrDefault(key) : null),
            StringComparer.Ordinal);
        RateLimitPlan Plan(IReadOnlyList<string> names) => new([.. names.Distinct(StringComparer.Ordinal).Select(name => byName[name])]);

        RateLimitPlan @default = Plan(defaults);
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
