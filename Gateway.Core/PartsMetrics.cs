using System.Diagnostics.Metrics;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.RateLimiting;
using Gateway.Core.Reception;

namespace Gateway.Core;

/// <summary>Shows the state of a pipeline's parts through its meter. Read when somebody collects; costs requests nothing.</summary>
internal static class PartsMetrics
{
    public static void Register(LastingParts parts)
    {
        Meter meter = parts.Metrics.Meter;
        meter.CreateObservableGauge("gateway_requests_active", () => parts.Requests.Count, description: "Requests under way.");
        meter.CreateObservableGauge(
            "gateway_requests_limit",
            () => parts.Current is { } current ? parts.OverloadLimit.Of(OverloadGuard.MostOf(current.Options.Overload)) : 0,
            description: "Requests that the gateway takes at a time now.");
        meter.CreateObservableGauge(
            "gateway_queue_delay_seconds", () => parts.OverloadLimit.Delay.TotalSeconds, description: "How late the gateway is itself: the last look.");
        meter.CreateObservableGauge("gateway_draining", () => parts.Requests.IsDraining ? 1 : 0, description: "1 while the gateway drains: from the start of shutdown, or while an operator wants it.");
        RegisterLimits(parts);
        meter.CreateObservableCounter(
            "gateway_rate_limit_store_calls_total", () => StoreCalls(parts), description: "Calls of the shared store of rate limits.");
        meter.CreateObservableGauge(
            "gateway_rate_limit_store_degraded",
            () => parts.Current?.StoreLink is { State.MayWait: false } ? 1 : 0,
            description: "1 while the shared store of rate limits is away or too slow to wait for.");
        meter.CreateObservableGauge(
            "gateway_rate_limit_replicas", () => parts.Current?.StoreLink?.State.Replicas ?? 1, description: "Gateways that share the rate limits.");
        meter.CreateObservableCounter("gateway_auth_cache_total", () => AuthCache(parts), description: "Look-ups of the token cache.");
        meter.CreateObservableCounter(
            "gateway_auth_calls_total", () => (parts.Current?.TokenValidator?.Service?.Calls ?? parts.Current?.TokenValidator?.Custom?.Calls)?.Value ?? 0, description: "Calls of the auth service, or of the application's own check.");
        meter.CreateObservableCounter(
            "gateway_auth_calls_failed_total", () => AuthCalls(parts), description: "Tokens that the auth service did not judge, by why.");
        meter.CreateObservableGauge(
            "gateway_discovery_stale_seconds", () => Staleness(parts), description: "Time since who knows a service's instances was last heard; 0 while it is.");
        meter.CreateObservableCounter(
            "gateway_auth_revocations_total", () => Revocations(parts), description: "Revocations that this gateway learned of, by how.");
        meter.CreateObservableGauge(
            "gateway_auth_store_degraded",
            () => parts.Current?.TokenValidator?.Shared is { IsDegraded: true } ? 1 : 0,
            description: "1 while the shared store of tokens is away or too slow to wait for.");
    }

    /// <summary>What the limits decide: all there is to see of a policy that stands alone, beside a gateway in the same process perhaps.</summary>
    public static void RegisterLimits(LastingParts parts) => parts.Metrics.Meter.CreateObservableCounter(
        "gateway_rate_limit_decisions_total", () => RateLimitDecisions(parts), description: "Answers of the rate limiters.");

    private static IEnumerable<Measurement<long>> RateLimitDecisions(LastingParts parts)
    {
        foreach (RateLimiter limiter in parts.Current?.RouteLimits.Limiters ?? [])
        {
            foreach ((LimitSource source, string name) in SourcesOf(parts.Current))
            {
                yield return new(limiter.Allowed(source).Value, new("policy", limiter.Name), new("decision", "allowed"), new("source", name));
                yield return new(limiter.Refused(source).Value, new("policy", limiter.Name), new("decision", "refused"), new("source", name));
            }
        }
    }

    /// <summary>Who decides about limits by these parts, and as what it is shown.</summary>
    public static (LimitSource Source, string Name)[] SourcesOf(GatewayParts? parts) => parts?.StoreLink is null
        ? [(LimitSource.Local, "local")]
        : [(LimitSource.Store, "store"), (LimitSource.Fallback, "fallback")];

    private static IEnumerable<Measurement<long>> StoreCalls(LastingParts parts)
    {
        if (parts.Current?.StoreLink is { } link)
        {
            yield return new(link.Answered.Value, new KeyValuePair<string, object?>("result", "answered"));
            yield return new(link.Unanswered.Value, new KeyValuePair<string, object?>("result", "failed"));
        }
    }

    private static IEnumerable<Measurement<long>> AuthCache(LastingParts parts)
    {
        if (parts.Current?.TokenValidator is { Cache: { } cache } validator)
        {
            yield return new(cache.Hits.Value, new KeyValuePair<string, object?>("result", "hit"));
            yield return new(cache.NegativeHits.Value, new KeyValuePair<string, object?>("result", "negative_hit"));
            yield return new(cache.Misses.Value, new KeyValuePair<string, object?>("result", "miss"));
            if (validator.Shared is { } shared)
            {
                yield return new(cache.Doubts.Value, new KeyValuePair<string, object?>("result", "in_doubt"));
                yield return new(cache.Stale.Value, new KeyValuePair<string, object?>("result", "stale"));
                yield return new(shared.Hits.Value, new KeyValuePair<string, object?>("result", "shared_hit"));
                yield return new(shared.Rejected.Value, new KeyValuePair<string, object?>("result", "shared_rejected"));
            }
        }
    }

    private static IEnumerable<Measurement<long>> Revocations(LastingParts parts)
    {
        if (parts.Current?.TokenValidator?.Cache.Revocations is { } revocations)
        {
            yield return new(revocations.Learned(RevocationSource.Admin).Value, new KeyValuePair<string, object?>("source", "admin"));
            yield return new(revocations.Learned(RevocationSource.Logout).Value, new KeyValuePair<string, object?>("source", "logout"));
            yield return new(revocations.Learned(RevocationSource.Store).Value, new KeyValuePair<string, object?>("source", "store"));
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

        if (parts.Current?.TokenValidator?.Custom is { } custom)
        {
            yield return new(custom.Failures.Value, new KeyValuePair<string, object?>("reason", "failed"));
            yield return new(custom.Overflows.Value, new KeyValuePair<string, object?>("reason", "too_many_calls"));
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
