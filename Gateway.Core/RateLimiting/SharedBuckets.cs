namespace Gateway.Core.RateLimiting;

/// <summary>
/// The buckets of one policy in a store that several gateways share. What a request needs is mostly leased already: then nothing waits and nothing
/// is allocated. Safe from any thread.
/// </summary>
/// <param name="link">To the store. Not owned.</param>
/// <param name="sizes">Of the policy, by their index.</param>
/// <param name="maxKeys">Buckets kept in this process at the most.</param>
/// <param name="clock">The policy's.</param>
internal sealed class SharedBuckets(StoreLink link, SharedSize[] sizes, int maxKeys, TimeProvider clock) : LimitBuckets
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private readonly BucketStore<LeasedBucket> _buckets = new(maxKeys);

    public override int Count => _buckets.Count;

    public override LimitVerdict Take(RateLimitKey key, BucketSize size, long timestamp, out BucketState state)
    {
        SharedSize shared = sizes[size.Index];
        return Take(_buckets.Find(key.Under(size)), key, shared, size.TimeOf(timestamp), isNew: true, out state);
    }

    public override async ValueTask<(LimitVerdict Verdict, BucketState State)> TakeWhenAnsweredAsync(
        RateLimitKey key, BucketSize size, TimeSpan patience)
    {
        SharedSize shared = sizes[size.Index];
        LeasedBucket bucket = _buckets.Find(key.Under(size));
        long began = clock.GetTimestamp();
        TimeSpan left = patience;
        BucketState state;

        // A timer knows no less than a millisecond.
        while (left >= Shortest)
        {
            Task<bool> answered = bucket.Answered();
            await ((Task)answered).WaitAsync(left, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (answered.IsCompleted && !await answered)
            {
                // Asked again at once it would fail again, and one bucket's failures would count as the store's.
                break;
            }

            long now = clock.GetTimestamp();
            LimitVerdict verdict = Take(bucket, key, shared, size.TimeOf(now), isNew: false, out state);
            if (verdict != LimitVerdict.MustAsk)
            {
                return (verdict, state);
            }

            left = patience - clock.GetElapsedTime(began, now);
        }

        return (bucket.DecideAlone(shared, size.TimeOf(clock.GetTimestamp()), link.State, out state), state);
    }

    private LimitVerdict Take(LeasedBucket bucket, RateLimitKey key, SharedSize size, long now, bool isNew, out BucketState state)
    {
        LimitVerdict verdict = bucket.Take(size, now, link.State, isNew, out BucketAsk? ask, out state);
        if (ask is { } request)
        {
            link.Ask(bucket, size, key, request, isAwaited: verdict == LimitVerdict.MustAsk);
        }

        return verdict;
    }
}
