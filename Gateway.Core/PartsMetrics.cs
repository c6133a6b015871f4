using System.Diagnostics.Metrics;
using Gateway.Core.Backends;
using Gateway.Core.RateLimiting;

namespace Gateway.Core;

/// <summary>Shows the state of a pipeline's parts through its meter. Read when somebody collects; costs requests nothing.</summary>
internal static class PartsMetrics
{
    public static void Register(LastingParts parts)
    {
        Meter meter = parts.Metrics.Meter;
        meter.CreateObservableGauge("gateway_requests_active", () => parts.Requests.Count, description: "Requests under way.");
        meter.CreateObservableGauge("gateway_draining", () => parts.Requests.IsDraining ? 1 : 0, description: "1 from the start of shutdown.");
        meter.CreateObservableCounter(
            "gateway_rate_limit_decisions_total", () => RateLimitDecisions(parts), description: "Answers of the rate limiters.");
        meter.CreateObservableCounter("gateway_auth_cache_total", () => AuthCache(parts), description: "Look-ups of the token cache.");
        meter.CreateObservableCounter(
            "gateway_auth_calls_failed_total", () => AuthCalls(parts), description: "Tokens that the auth service did not judge, by why.");
        meter.CreateObservableGauge(
            "gateway_discovery_stale_seconds", () => Staleness(parts), description: "Time since who knows a service's instances was last heard; 0 while it is.");
    }

    private static IEnumerable<Measurement<long>> RateLimitDecisions(LastingParts parts)
    {
        foreach (RateLimiter limiter in parts.Current?.RouteLimits.Limiters ?? [])
        {
            yield return new(limiter.Allowed.Value, new("policy", limiter.Name), new("decision", "allowed"), new("source", "local"));
            yield return new(limiter.Refused.Value, new("policy", limiter.Name), new("decision", "refused"), new("source", "local"));
        }
    }

    private static IEnumerable<Measurement<long>> AuthCache(LastingParts parts)
    {
        if (parts.Current?.TokenValidator?.Cache is { } cache)
        {
            yield return new(cache.Hits.Value, new KeyValuePair<string, object?>("result", "hit"));
            yield return new(cache.NegativeHits.Value, new KeyValuePair<string, object?>("result", "negative_hit"));
            yield return new(cache.Misses.Value, new KeyValuePair<string, object?>("result", "miss"));
        }
    }

    private static IEnumerable<Measurement<long>> AuthCalls(LastingParts parts)
    {
        if (parts.Current?.TokenValidator?.Service is { } service)
        {
            yield return new(service.Failures.Value, new KeyValuePair<string, object?>("reason", "failed"));
            yield return new(service.Overflows.Value, new KeyValuePair<string, object?>("reason", "too_many_calls"));
            yield return new(service.Spared.Value, new KeyValuePair<string, object?>("reason", "spared"));
        }
    }

    private static IEnumerable<Measurement<double>> Staleness(LastingParts parts)
    {
        foreach ((string name, ServiceOptions service) in parts.Current?.Options.Services ?? new Dictionary<string, ServiceOptions>())
        {
            if (parts.Discovery.FeedOf(name, service) is { } feed)
            {
                yield return new(feed.Staleness.TotalSeconds, new KeyValuePair<string, object?>("service", name));
            }
        }
    }
}
