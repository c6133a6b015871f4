using System.Diagnostics;
using Gateway.Core.RateLimiting;
using Gateway.Host.Redis;
using Gateway.Tests.Kit;
using HdrHistogram;

namespace Gateway.Benchmarks.Replicas;

/// <summary>How long a decision takes, and what it allocates, when the key is leased and when the bucket is this process's own.</summary>
internal static class LeaseLatency
{
    private const int PerSecond = 5_000;

    private static readonly RateLimitPolicyOptions Policy = new() { Capacity = 1_000_000, RefillPerSecond = 1_000_000 };
    private static readonly RateLimitKey Key = new(1);

    /// <param name="redis">Address of a real store; null for one in this process that answers at once.</param>
    /// <param name="duration">Of each of the two.</param>
    public static async Task<string> RunAsync(string? redis, TimeSpan duration)
    {
        var options = new RateLimitStoreOptions { Kind = RateLimitStoreKind.Redis, Redis = redis };
        SharedBucketStore store = redis is null ? ModelStore.On(TimeProvider.System) : new RedisBuckets(options);
        await using var link = new StoreLink(store, StoreFailureMode.Local, TimeProvider.System, static _ => { });
        var shared = new RateLimiter("p", Policy, options, TimeProvider.System, link);
        var local = new RateLimiter("p", Policy, new RateLimitStoreOptions(), TimeProvider.System);
        await MeasureAsync(shared, TimeSpan.FromSeconds(2));
        await MeasureAsync(local, TimeSpan.FromSeconds(1));
        string ofLocal = await MeasureAsync(local, duration), ofShared = await MeasureAsync(shared, duration);
        return $"in this process: {ofLocal}\nleased{(redis is null ? "" : " from Redis")}: {ofShared}";
    }

    private static async Task<string> MeasureAsync(RateLimiter limiter, TimeSpan duration)
    {
        var nanoseconds = new LongHistogram(TimeSpan.TicksPerSecond * 100, 3);
        long requests = (long)(duration.TotalSeconds * PerSecond), start = Stopwatch.GetTimestamp(), waited = 0, allocated = 0;
        for (long i = 0; i < requests; i++)
        {
            while (Stopwatch.GetTimestamp() < start + (i * Stopwatch.Frequency / PerSecond))
            {
                Thread.SpinWait(10);
            }

            long bytes = GC.GetAllocatedBytesForCurrentThread(), begun = Stopwatch.GetTimestamp();
            LimitVerdict verdict = limiter.Take(Key, limiter.Size, begun, out _);
            long took = Stopwatch.GetTimestamp() - begun;
            allocated += GC.GetAllocatedBytesForCurrentThread() - bytes;
            if (verdict == LimitVerdict.MustAsk)
            {
                waited++;
                await limiter.TakeWhenAnsweredAsync(Key, limiter.Size, StoreLink.Patience);
            }

            nanoseconds.RecordValue(took * 1_000_000_000 / Stopwatch.Frequency);
        }

        double At(double percentile) => nanoseconds.GetValueAtPercentile(percentile) / 1_000.0;
        return FormattableString.Invariant(
            $"p50 {At(50):0.00} µs, p99 {At(99):0.00} µs, p99.9 {At(99.9):0.00} µs, {allocated / (double)requests:0.0} B a request with its asking, {waited} of {requests} waited");
    }
}
