namespace Gateway.Core.RateLimiting;

/// <summary>
/// How the tokens of one size of bucket are leased from a store: about a quarter of a second of a key's requests at a time, asked for when half
/// of that is left. So at 200 requests a second of one key the store is asked 8 times. Immutable; safe from any thread.
/// </summary>
/// <param name="size">The bucket in the store.</param>
/// <param name="refillPerSecond">Tokens that come back to it each second.</param>
/// <param name="name">The policy's name, with the tier's behind a slash.</param>
internal sealed class SharedSize(BucketSize size, double refillPerSecond, string name)
{
    /// <summary>A lease of fewer tokens is spent before the next one is asked for.</summary>
    internal const int Few = 4;

    /// <summary>Tokens that were not spent in time and are worth a call to give them back.</summary>
    internal const int WorthReturning = 2;

    /// <summary>Tokens leased at the least where a second's requests are as many: so that slower keys do not ask for every few requests.</summary>
    private const int Least = 40;

    /// <summary>How much of the limit over a minute the gateways may spend together before they have asked, and how much one may at the most.</summary>
    private const double SeedShare = 0.02;
    private const int SeedMost = 10;

    /// <summary>A policy slower than this, or smaller for each gateway, always asks before it spends.</summary>
    private const double SeedRate = 10;
    private const int SeedCapacity = 4;

    private const long Farthest = 1L << 61;

    public BucketSize Size => size;

    public string Name => name;

    public long Capacity => size.Capacity;

    public double RefillPerSecond => refillPerSecond;

    /// <summary>Units after which a lease ends.</summary>
    public long Lease { get; } = size.UnitsOf(TimeSpan.FromSeconds(1));

    /// <summary>Units in which requests are counted to see how many tokens a lease should have.</summary>
    public long Window { get; } = size.UnitsOf(TimeSpan.FromMilliseconds(250));

    /// <summary>Units in which an empty bucket gathers tokens before it is asked again; never so many that it would be full.</summary>
    public long Pause { get; } = Math.Min(size.UnitsOf(TimeSpan.FromMilliseconds(200)), size.Fill / 2);

    public long UnitsOf(TimeSpan time) => size.UnitsOf(time);

    /// <summary>One gateway's share of the bucket, for the time in which each must decide by itself: the same time to fill, fewer tokens.</summary>
    public (long Interval, long Fill) Share(int replicas)
    {
        long interval = size.Interval > Farthest / replicas ? Farthest : size.Interval * replicas;
        return (interval, Math.Max(size.Fill, interval));
    }

    /// <summary>Tokens that a gateway should have for a key.</summary>
    /// <param name="seen">Requests in a <see cref="Window"/>.</param>
    /// <param name="replicas">Gateways: all together never hold more than half of a bucket.</param>
    public long Target(long seen, int replicas) =>
        Math.Min(seen < Few ? seen : Math.Max(seen, Math.Min(Least, 4 * seen)), Math.Max(1, size.Capacity / (2 * replicas)));

    /// <summary>Tokens that a gateway may spend on a key before the store's first answer.</summary>
    public long Seed(int replicas) => RefillPerSecond < SeedRate || size.Capacity < SeedCapacity * replicas ? 0
        : (long)Math.Clamp(SeedShare * (size.Capacity + (60 * RefillPerSecond)) / replicas, 1, SeedMost);
}
