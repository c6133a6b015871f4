namespace Gateway.Core.RateLimiting;

/// <summary>What became of a request for a token.</summary>
internal enum LimitVerdict
{
    Allowed,
    Refused,

    /// <summary>Only the store can tell, and is being asked: <see cref="LimitBuckets.TakeWhenAnsweredAsync"/>.</summary>
    MustAsk,
}

/// <summary>Who decided.</summary>
internal enum LimitSource
{
    /// <summary>This process alone, as configured.</summary>
    Local,

    /// <summary>The shared store, or this process with what the store has leased to it.</summary>
    Store,

    /// <summary>This process by itself, since the store could not be asked in time.</summary>
    Fallback,
}

/// <summary>The buckets of one policy, by key. Safe from any thread.</summary>
internal abstract class LimitBuckets
{
    /// <summary>Buckets held now.</summary>
    public abstract int Count { get; }

    /// <summary>Takes a token. Neither waits nor, for a known key that need not ask, allocates.</summary>
    /// <param name="key">Whose bucket.</param>
    /// <param name="size">One of the policy's sizes.</param>
    /// <param name="timestamp">Now, of the policy's clock.</param>
    /// <param name="state">What is left, when there is a verdict.</param>
    public abstract LimitVerdict Take(RateLimitKey key, BucketSize size, long timestamp, out BucketState state);

    /// <summary>Takes a token after <see cref="LimitVerdict.MustAsk"/>, and always decides.</summary>
    /// <param name="key">Whose bucket.</param>
    /// <param name="size">One of the policy's sizes.</param>
    /// <param name="patience">How long it waits for the store at the most.</param>
    public abstract ValueTask<(LimitVerdict Verdict, BucketState State)> TakeWhenAnsweredAsync(RateLimitKey key, BucketSize size, TimeSpan patience);
}
