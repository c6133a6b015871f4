using Gateway.Core.Telemetry;

namespace Gateway.Core.RateLimiting;

/// <summary>
/// One policy: a bucket for each key, of the policy's size or of the user's tier's. Each tier has buckets of its own: who changes
/// tier starts with a full one. Safe from any thread; a decision about a known key allocates nothing.
/// </summary>
internal sealed class RateLimiter
{
    private static readonly int Sources = Enum.GetValues<LimitSource>().Length;

    private readonly RateLimitStoreOptions _store;
    private readonly LimitBuckets _buckets;
    private readonly HeldCounter[] _allowed = NewCounters(), _refused = NewCounters();
    private readonly Dictionary<string, BucketSize> _tiers = new(StringComparer.Ordinal);

    /// <param name="name">Of the policy.</param>
    /// <param name="options">Its sizes.</param>
    /// <param name="store">Where its buckets live.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="link">The way to that store; null when the buckets are this process's alone. Not owned.</param>
    /// <param name="keySource">The application's own key; null for that of the options.</param>
    public RateLimiter(
        string name, RateLimitPolicyOptions options, RateLimitStoreOptions store, TimeProvider clock, StoreLink? link = null, RateLimitKeySource? keySource = null)
    {
        (Name, Options, _store, KeySource) = (name, options, store, keySource);
        RefusalDetail = $"The limit '{name}' is used up.";
        HeaderItem = $"\"{name}\";r=";
        Size = new BucketSize(name, 0, options.Capacity, options.RefillPerSecond, clock);
        List<SharedSize> shared = [new SharedSize(Size, options.RefillPerSecond, name)];
        foreach ((string tier, RateLimitTierOptions size) in options.Tiers)
        {
            _tiers[tier] = new BucketSize(name, _tiers.Count + 1, size.Capacity, size.RefillPerSecond, clock);
            shared.Add(new SharedSize(_tiers[tier], size.RefillPerSecond, $"{name}/{tier}"));
        }

        _buckets = link is null ? new LocalBuckets(store.MaxKeys) : new SharedBuckets(link, [.. shared], store.MaxKeys, clock);
    }

    public string Name { get; }

    public RateLimitPolicyOptions Options { get; }

    /// <summary>The application's own key; null for that of the options.</summary>
    public RateLimitKeySource? KeySource { get; }

    /// <summary>The size for users without a tier, and for those whose tier the policy does not name.</summary>
    public BucketSize Size { get; }

    public IReadOnlyCollection<string> Tiers => _tiers.Keys;

    /// <summary>What the client reads when it is refused.</summary>
    public string RefusalDetail { get; }

    /// <summary>The beginning of the policy's item in the RateLimit header, up to the number of tokens left.</summary>
    public string HeaderItem { get; }

    /// <summary>Buckets held now.</summary>
    public int Keys => _buckets.Count;

    /// <summary>Whom it refuses most.</summary>
    public RefusedKeys RefusedKeys { get; } = new();

    /// <summary>Whether it decides as one made of these options would.</summary>
    public bool Is(RateLimitPolicyOptions options, RateLimitStoreOptions store) => store == _store && Options.Says(options);

    public BucketSize SizeOf(string? tier) => tier is not null && _tiers.TryGetValue(tier, out BucketSize? size) ? size : Size;

    /// <summary>Requests that were let through by this source's decision.</summary>
    public HeldCounter Allowed(LimitSource source) => _allowed[(int)source];

    /// <summary>Requests that were refused by this source's decision.</summary>
    public HeldCounter Refused(LimitSource source) => _refused[(int)source];

    /// <summary>May they ask again now? Takes one token of the key's bucket if so.</summary>
    /// <param name="key">Whose bucket.</param>
    /// <param name="size">One of this limiter's sizes.</param>
    /// <param name="timestamp">Now, of the clock given at the making.</param>
    /// <param name="state">What is left, unless <see cref="TakeWhenAnsweredAsync"/> must decide.</param>
    public LimitVerdict Take(RateLimitKey key, BucketSize size, long timestamp, out BucketState state)
    {
        LimitVerdict verdict = _buckets.Take(key, size, timestamp, out state);
        Count(verdict, state.Source, key);
        return verdict;
    }

    /// <summary>The same after <see cref="LimitVerdict.MustAsk"/>: waits for the store, and always decides.</summary>
    /// <param name="key">Whose bucket.</param>
    /// <param name="size">One of this limiter's sizes.</param>
    /// <param name="patience">How long it waits at the most.</param>
    public async ValueTask<(LimitVerdict Verdict, BucketState State)> TakeWhenAnsweredAsync(RateLimitKey key, BucketSize size, TimeSpan patience)
    {
        (LimitVerdict verdict, BucketState state) = await _buckets.TakeWhenAnsweredAsync(key, size, patience);
        Count(verdict, state.Source, key);
        return (verdict, state);
    }

    private void Count(LimitVerdict verdict, LimitSource source, RateLimitKey key)
    {
        if (verdict == LimitVerdict.Allowed)
        {
            _allowed[(int)source].Increment();
        }
        else if (verdict == LimitVerdict.Refused)
        {
            _refused[(int)source].Increment();
            RefusedKeys.Add(key);
        }
    }

    private static HeldCounter[] NewCounters() => [.. Enumerable.Range(0, Sources).Select(static _ => new HeldCounter())];
}
