using System.Collections.Frozen;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.RateLimiting;
using Gateway.Core.Reception;
using Gateway.Core.Resilience;
using Route = Gateway.Core.Context.Route;

namespace Gateway.Host.Admin.Live;

/// <summary>Makes the <see cref="LiveSnapshot"/>s of a gateway, one after the other: what a second has brought is the difference to the one before. For one thread at a time.</summary>
/// <param name="pipeline">The gateway.</param>
/// <param name="status">What is to be told of it beside.</param>
/// <param name="errors">Its errors.</param>
/// <param name="clock">The pipeline's.</param>
internal sealed class SnapshotMaker(GatewayPipeline pipeline, Func<GatewayStatus> status, ErrorHistory errors, TimeProvider clock)
{
    /// <summary>Refused keys that are told of each policy.</summary>
    internal const int TopKeys = 10;

    /// <summary>Seconds for which a route without traffic is still told.</summary>
    private const double RouteIdle = 60;

    /// <summary>Seconds after which refused keys count half.</summary>
    private const double FadeEvery = 60;

    private static readonly LiveTargets Targets = new(10, 50, 100, 10_000);

    private readonly LiveRates _rates = new();
    private readonly ProcessFigures _process = new();
    private long _before = clock.GetTimestamp();
    private double _sinceFade;

    public LiveSnapshot Make()
    {
        long now = clock.GetTimestamp();

        // Two in the same moment would have no rates.
        double seconds = Math.Max(0.001, clock.GetElapsedTime(_before, now).TotalSeconds);
        _before = now;
        _rates.Begin(seconds);
        GatewayParts parts = pipeline.Parts;
        GatewayStatus of = status();
        ILookup<string, double> retries = pipeline.Lasting.Metrics.Retries.ToLookup(
            static one => one.Key.Service, one => _rates.Of((nameof(LiveService.RetriesPerSecond), one.Key), one.Count));
        Fade(parts, seconds);
        (LiveSum sum, Dictionary<string, LiveRoute> routes) = RoutesOf(parts);
        return new LiveSnapshot
        {
            At = clock.GetUtcNow(),
            Version = of.Info.Version,
            Pod = Environment.MachineName,
            UptimeSeconds = of.Info.UptimeSeconds,
            NotReady = of.Info.NotReady,
            Drain = of.Drain,
            ChangesAllowed = of.ChangesAllowed,
            Config = of.Info.Config,
            Targets = Targets,
            Now = NowOf(sum, parts, seconds),
            Services = [.. parts.Services.Select(service => ServiceOf(service, parts, retries[service.Name].Sum()))],
            Routes = routes,
            RateLimits = [.. parts.RouteLimits.Limiters.Select(limiter => LimitOf(limiter, parts))],
            RateLimitStore = new LiveStore(parts.Options.RateLimitStore.Kind.ToString(), parts.StoreLink is { State.MayWait: false }, parts.StoreLink?.State.Replicas ?? 1),
            Auth = AuthOf(parts.TokenValidator),
            ErrorsTotal = errors.Total,
        };
    }

    private void Fade(GatewayParts parts, double seconds)
    {
        _sinceFade += seconds;
        if (_sinceFade >= FadeEvery)
        {
            _sinceFade = 0;
            foreach (RateLimiter limiter in parts.RouteLimits.Limiters)
            {
                limiter.RefusedKeys.Fade();
            }
        }
    }

    private (LiveSum Sum, Dictionary<string, LiveRoute> Routes) RoutesOf(GatewayParts parts)
    {
        var sum = new LiveSum();
        _rates.Of(pipeline.Lasting.Metrics.Unrouted).AddTo(sum);
        var routes = new Dictionary<string, LiveRoute>(StringComparer.Ordinal);
        foreach (Route route in parts.Routes)
        {
            LiveWindow window = _rates.Of(route.Figures);
            window.AddTo(sum);
            if (window.Idle < RouteIdle)
            {
                routes[route.Name] = new LiveRoute(window.PerSecond, window.Quantile(0.5), window.Quantile(0.99), window.ClientErrorShare, window.ServerErrorShare);
            }
        }

        return (sum, routes);
    }

    private LiveNow NowOf(LiveSum sum, GatewayParts parts, double seconds)
    {
        LastingParts lasting = pipeline.Lasting;
        var refusals = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (IGrouping<string, long> reason in lasting.Metrics.Errors.GroupBy(static one => one.Key.Reason, static one => one.Count))
        {
            double rate = _rates.Of((nameof(LiveNow.Refusals), reason.Key), reason.Sum());
            if (rate > 0)
            {
                refusals[reason.Key] = rate;
            }
        }

        return new LiveNow
        {
            Rps = sum.PerSecond,
            ErrorShare = sum.ServerErrorShare,
            P50 = sum.Quantile(0.5),
            P95 = sum.Quantile(0.95),
            P99 = sum.Quantile(0.99),
            InFlight = lasting.Requests.Count,
            InFlightLimit = lasting.OverloadLimit.Of(OverloadGuard.MostOf(parts.Options.Overload)),
            CpuCores = _process.CpuSince(seconds),
            CpuLimitCores = _process.CpuLimit,
            MemoryBytes = ProcessFigures.Memory,
            MemoryLimitBytes = _process.MemoryLimit,
            RefusedRps = refusals.Values.Sum(),
            Refusals = refusals,
            QueueDelayMs = lasting.OverloadLimit.Delay.TotalMilliseconds,
        };
    }

    private LiveService ServiceOf(BackendService service, GatewayParts parts, double retriesPerSecond)
    {
        LiveWindow window = _rates.Of(service.Figures);
        ServiceOptions configured = parts.Options.Services[service.Name];
        InstanceFeed? feed = pipeline.Lasting.Discovery.FeedOf(service.Name, configured);
        return new LiveService
        {
            Name = service.Name,
            LoadBalancing = service.Options.LoadBalancing.ToString(),
            Rps = window.PerSecond,
            ErrorShare = window.ServerErrorShare,
            P50 = window.Quantile(0.5),
            P99 = window.Quantile(0.99),
            RetriesPerSecond = retriesPerSecond,
            Discovery = new LiveDiscovery(configured.Discovery.Kind.ToString(), feed?.Staleness.TotalSeconds ?? 0),
            Instances = [.. service.Instances.Select(instance => InstanceOf(instance, service.Options.HealthCheck is not null))],
        };
    }

    private LiveInstance InstanceOf(ServiceInstance instance, bool hasChecks)
    {
        LiveWindow window = _rates.Of(instance.Figures);
        (string state, string why) = InstanceStanding.Of(instance, hasChecks);
        DateTimeOffset now = clock.GetUtcNow();
        TimeSpan open = instance.Breaker.RetryAfter();
        return new LiveInstance
        {
            Name = instance.Name,
            State = state,
            Why = why,
            Weight = instance.Weight,
            InFlight = instance.InFlight,
            Limit = instance.Limit.Limit,
            Rps = window.PerSecond,
            P50 = window.Quantile(0.5),
            P99 = window.Quantile(0.99),
            ErrorShare = window.ServerErrorShare,
            LastCheck = hasChecks && instance.Health.LastCheck is { } at
                ? new LiveCheck(at, instance.Health.LastFailure is null, instance.Health.LastFailure ?? "passed") : null,
            Circuit = new LiveCircuit(
                instance.Breaker.State switch { CircuitState.Open => "open", CircuitState.HalfOpen => "half_open", _ => "closed" },
                open > TimeSpan.Zero ? now + open : null),
            EjectedUntil = instance.Ejection.Remaining is var left && left > TimeSpan.Zero ? now + left : null,
            Override = instance.Operator switch { OperatorState.Drain => "drain", OperatorState.Down => "down", _ => null },
        };
    }

    private LiveLimit LimitOf(RateLimiter limiter, GatewayParts parts)
    {
        (string Name, double Allowed, double Refused)[] rates =
            [.. PartsMetrics.SourcesOf(parts).Select(one => (one.Name, _rates.Of(limiter.Allowed(one.Source)), _rates.Of(limiter.Refused(one.Source))))];
        return new LiveLimit
        {
            Policy = limiter.Name,
            Key = limiter.Options.Key.ToString(),
            Capacity = limiter.Options.Capacity,
            RefillPerSecond = limiter.Options.RefillPerSecond,
            Buckets = limiter.Keys,
            AllowedRps = rates.Sum(static one => one.Allowed),
            RefusedRps = rates.Sum(static one => one.Refused),
            Sources = rates.ToFrozenDictionary(static one => one.Name, static one => one.Allowed + one.Refused),
            TopRefused = [.. limiter.RefusedKeys.Top(TopKeys).Select(static one => new LiveRefusedKey(one.Key.Masked, one.Refused))],
        };
    }

    private LiveAuth AuthOf(TokenValidator? validator)
    {
        if (validator is null)
        {
            return new LiveAuth { Configured = false };
        }

        TokenCache cache = validator.Cache;
        (double hits, double misses) = (_rates.Of(cache.Hits), _rates.Of(cache.Misses));
        return new LiveAuth
        {
            Configured = true,
            Cached = cache.Count,
            HitsPerSecond = hits,
            NegativeHitsPerSecond = _rates.Of(cache.NegativeHits),
            MissesPerSecond = misses,
            HitShare = hits + misses > 0 ? hits / (hits + misses) : null,
            StalePerSecond = _rates.Of(cache.Stale),
            CallsPerSecond = validator.Service is { } service ? _rates.Of(service.Calls) : 0,
            FailedPerSecond = validator.Service is { } failing
                ? _rates.Of(failing.Failures) + _rates.Of(failing.Overflows) + _rates.Of(failing.Spared) : 0,
            Revocations = cache.Revocations.Count,
            StoreDegraded = validator.Shared is { IsDegraded: true },
        };
    }
}

/// <summary>What is told of the gateway beside what its pipeline knows.</summary>
/// <param name="Info">As <c>GET /admin/v1/info</c> has it.</param>
/// <param name="Drain"><c>off</c>, <c>manual</c> or <c>shutdown</c>.</param>
/// <param name="ChangesAllowed">Whether there is an admin token.</param>
internal sealed record GatewayStatus(AdminInfo Info, string Drain, bool ChangesAllowed);
