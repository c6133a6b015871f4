using System.Diagnostics;

namespace Gateway.Core.RateLimiting;

/// <summary>Buckets of this process alone. A decision about a known key allocates nothing.</summary>
internal sealed class LocalBuckets(int maxKeys) : LimitBuckets
{
    private readonly BucketStore<TokenBucket> _buckets = new(maxKeys);

    public override int Count => _buckets.Count;

    public override LimitVerdict Take(RateLimitKey key, BucketSize size, long timestamp, out BucketState state) =>
        _buckets.Find(key.Under(size)).TryTake(size.TimeOf(timestamp), size, out state) ? LimitVerdict.Allowed : LimitVerdict.Refused;

    public override ValueTask<(LimitVerdict Verdict, BucketState State)> TakeWhenAnsweredAsync(RateLimitKey key, BucketSize size, TimeSpan patience) =>
        throw new UnreachableException("There is nobody to ask.");
}
