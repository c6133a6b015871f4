using Gateway.Core.Telemetry;

namespace Gateway.Core.RateLimiting;

/// <summary>
/// One policy: a bucket for each key, of the policy's size or of the user's tier's. Each tier has buckets of its own: who changes
/// tier starts with a full one. Safe from any thread; a decision about a known key allocates nothing.
/// </summary>
internal sealed class RateLimiter
{
    private readonly RateLimitStoreOptions _store;
    private readonly BucketStore _buckets;
    private readonly Dictionary<string, BucketSize> _tiers = new(StringComparer.Ordinal);

    public RateLimiter(string name, RateLimitPolicyOptions options, RateLimitStoreOptions store, TimeProvider clock)
    {
        (Name, Options, _store) = (name, options, store);
        RefusalDetail = $"The limit '{name}' is used up.";
        HeaderItem = $"\"{name}\";r=";
        Size = new BucketSize(name, 0, options.Capacity, options.RefillPerSecond, clock);
        _buckets = new BucketStore(store.MaxKeys);
        foreach ((string tier, RateLimitTierOptions size) in options.Tiers)
        {
            _tiers[tier] = new BucketSize(name, _tiers.Count + 1, size.Capacity, size.RefillPerSecond, clock);
        }
    }

    public string Name { get; }

    public RateLimitPolicyOptions Options { get; }

    /// <summary>The size for users without a tier, and for those whose tier the policy does not name.</summary>
    public BucketSize Size { get; }

    public IReadOnlyCollection<string> Tiers => _tiers.Keys;

    /// <summary>What the client reads when it is refused.</summary>
    public string RefusalDetail { get; }

    /// <summary>The beginning of the policy's item in the RateLimit header, up to the number of tokens left.</summary>
    public string HeaderItem { get; }

    public HeldCounter Allowed { get; } = new();

    public HeldCounter Refused { get; } = new();

    /// <summary>Buckets held now.</summary>
    public int Keys => _buckets.Count;

    /// <summary>Whether it decides as one made of these options would.</summary>
    public bool Is(RateLimitPolicyOptions options, RateLimitStoreOptions store) => store == _store && Options.Says(options);

    public BucketSize SizeOf(string? tier) => tier is not null && _tiers.TryGetValue(tier, out BucketSize? size) ? size : Size;

    /// <summary>May they ask again now? Takes one token of the key's bucket if so.</summary>
    /// <param name="key">Whose bucket.</param>
    /// <param name="size">One of this limiter's sizes.</param>
    /// <param name="timestamp">Now, of the clock given at the making.</param>
    /// <param name="state">What is left.</param>
    public bool TryTake(RateLimitKey key, BucketSize size, long timestamp, out BucketState state)
    {
        bool taken = _buckets.Find(key.Under(size)).TryTake(size.TimeOf(timestamp), size, out state);
        (taken ? Allowed : Refused).Increment();
        return taken;
    }
}
