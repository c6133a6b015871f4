namespace Gateway.Core.RateLimiting;

/// <summary>What a bucket holds after it was asked.</summary>
/// <param name="Remaining">Whole tokens left.</param>
/// <param name="UntilToken">Units of time (<see cref="BucketSize"/>) until the token that was refused is due; 0 when one was given.</param>
/// <param name="UntilFull">Units of time until the bucket is full again.</param>
internal readonly record struct BucketState(long Remaining, long UntilToken, long UntilFull)
{
    /// <summary>Who says so.</summary>
    public LimitSource Source { get; init; }
}

/// <summary>
/// A bucket that holds tokens, gives one to each request and gets them back with time. It starts full. There is no timer and no
/// counter: all it remembers is the moment at which it will be full again, as in the Generic Cell Rate Algorithm (ITU-T I.371),
/// which each token taken puts off by the time a token needs to come back. Safe from any thread, without a lock; asked twice in
/// the wrong order of time it gives nothing twice.
/// </summary>
internal sealed class TokenBucket
{
    private long _fullAt;

    /// <summary>Takes a token. False, and nothing taken, when there is none.</summary>
    /// <param name="now">From <see cref="BucketSize.TimeOf"/> of the same size.</param>
    /// <param name="size">The same at every call.</param>
    /// <param name="state">What is left.</param>
    public bool TryTake(long now, BucketSize size, out BucketState state)
    {
        long seen = Volatile.Read(ref _fullAt);
        while (true)
        {
            long fullAt = Math.Max(seen, now) + size.Interval;
            long untilFull = fullAt - now;
            if (untilFull > size.Fill)
            {
                state = new BucketState(0, untilFull - size.Fill, untilFull - size.Interval);
                return false;
            }

            long found = Interlocked.CompareExchange(ref _fullAt, fullAt, seen);
            if (found == seen)
            {
                state = new BucketState((size.Fill - untilFull) / size.Interval, 0, untilFull);
                return true;
            }

            seen = found;
        }
    }
}
