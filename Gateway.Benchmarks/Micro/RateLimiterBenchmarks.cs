using BenchmarkDotNet.Attributes;
using Gateway.Core.RateLimiting;

namespace Gateway.Benchmarks.Micro;

/// <summary>One decision, with one key and with many.</summary>
[MemoryDiagnoser]
public class RateLimiterBenchmarks
{
    private RateLimiter _limiter = null!;
    private uint _next;

    [Params(1, 100_000)]
    public int Keys { get; set; }

    [GlobalSetup]
    public void Build()
    {
        _limiter = new RateLimiter(
            "limit", new RateLimitPolicyOptions { Capacity = 1_000_000, RefillPerSecond = 1_000_000 }, new RateLimitStoreOptions { MaxKeys = 400_000 }, TimeProvider.System);
        for (int i = 0; i < Keys; i++)
        {
            Take();
        }
    }

    [Benchmark]
    public bool Take() =>
        _limiter.Take(new RateLimitKey(_next++ % (uint)Keys), _limiter.Size, TimeProvider.System.GetTimestamp(), out _) == LimitVerdict.Allowed;
}
