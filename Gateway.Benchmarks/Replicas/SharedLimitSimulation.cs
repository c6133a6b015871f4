using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Benchmarks.Replicas;

/// <summary>What a simulation saw.</summary>
/// <param name="Admitted">Requests let through, in all.</param>
/// <param name="MostInAWindow">Of them, the most in any window of ten seconds, by steps of one second.</param>
/// <param name="Requests">Asked.</param>
/// <param name="Calls">Of the store.</param>
/// <param name="BytesPerKey">Managed memory of a key in one gateway; 0 where too few were held to tell.</param>
internal sealed record SimulationResult(long Admitted, long MostInAWindow, long Requests, long Calls, double BytesPerKey);

/// <summary>Many gateways' real limiters before one store, on a clock that is moved by hand. The store answers at once.</summary>
internal sealed class SharedLimitSimulation : IAsyncDisposable
{
    /// <summary>Seconds of a window.</summary>
    public const int Window = 10;

    private readonly FakeTimeProvider _clock = new();
    private readonly Random _random = new(1);
    private readonly ModelStore _store;
    private readonly StoreLink[] _links;
    private readonly RateLimiter[] _limiters;

    /// <param name="replicas">Gateways.</param>
    /// <param name="policy">Of every key.</param>
    public SharedLimitSimulation(int replicas, RateLimitPolicyOptions policy)
    {
        var options = new RateLimitStoreOptions { Kind = RateLimitStoreKind.Redis };
        _store = ModelStore.On(_clock);
        _store.Replicas = replicas;
        _links = [.. Enumerable.Range(0, replicas).Select(_ => new StoreLink(_store, StoreFailureMode.Local, _clock, static _ => { }))];
        _limiters = [.. _links.Select(link => new RateLimiter("p", policy, options, _clock, link))];
    }

    /// <summary>Asks at a steady rate, each request at a gateway and with a key by chance.</summary>
    /// <param name="keys">As many have requests.</param>
    /// <param name="perSecond">Requests a second, of all keys together.</param>
    /// <param name="seconds">How long.</param>
    public async Task<SimulationResult> RunAsync(int keys, int perSecond, int seconds)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long[] bySecond = new long[seconds];
        var step = TimeSpan.FromSeconds(1.0 / perSecond);
        TimeSpan waits = TimeSpan.Zero, tick = TimeSpan.FromMilliseconds(1);
        for (int i = 0; i < perSecond * seconds; i++)
        {
            RateLimiter limiter = _limiters[_random.Next(_limiters.Length)];
            bySecond[i / perSecond] += await TakeAsync(limiter, new RateLimitKey((uint)_random.Next(keys))) ? 1 : 0;

            // The clock is what costs time here, so it moves by a millisecond at least.
            waits += step;
            if (waits >= tick)
            {
                _clock.Advance(waits);
                waits = TimeSpan.Zero;
                await QuietAsync();
            }
        }

        long held = _limiters.Sum(static limiter => (long)limiter.Keys);
        return new SimulationResult(
            bySecond.Sum(),
            seconds < Window ? 0 : Enumerable.Range(0, seconds - Window + 1).Max(from => bySecond.AsSpan(from, Window).ToArray().Sum()),
            (long)perSecond * seconds,
            _store.Calls,
            held < 50_000 ? 0 : (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)held);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (StoreLink link in _links)
        {
            await link.DisposeAsync();
        }

        await _store.DisposeAsync();
    }

    private async ValueTask<bool> TakeAsync(RateLimiter limiter, RateLimitKey key)
    {
        LimitVerdict verdict = Ready(limiter, key);
        if (verdict == LimitVerdict.MustAsk)
        {
            (verdict, _) = await limiter.TakeWhenAnsweredAsync(key, limiter.Size, StoreLink.Patience);
        }

        return verdict == LimitVerdict.Allowed;
    }

    private LimitVerdict Ready(RateLimiter limiter, RateLimitKey key) => limiter.Take(key, limiter.Size, _clock.GetTimestamp(), out _);

    /// <summary>Until no call is under way.</summary>
    private async ValueTask QuietAsync()
    {
        while (_links.Any(static link => link.UnderWay > 0))
        {
            await Task.Yield();
        }
    }
}
