using Gateway.Core.Errors;

namespace Gateway.Core.RateLimiting;

/// <summary>Whose requests share a bucket.</summary>
public enum RateLimitKeyKind
{
    /// <summary>The client's address; IPv6 by /64, which is what one subscriber gets. Decided before authentication.</summary>
    Ip,

    /// <summary>The authenticated user; anonymous requests are not limited.</summary>
    User,

    /// <summary>The <c>X-API-Key</c> header, hashed; requests without one are not limited. Decided before authentication.</summary>
    ApiKey,

    /// <summary>The authenticated user, else the client's address.</summary>
    UserOrIp,
}

/// <summary>The size of a bucket.</summary>
public sealed record RateLimitTierOptions
{
    /// <summary>Tokens the bucket holds: the largest burst. Count, 1–1,000,000,000. Required.</summary>
    public long Capacity { get; init; }

    /// <summary>Tokens that come back each second: the lasting rate. 1 a day – 10,000,000; fractions allowed. Required.</summary>
    public double RefillPerSecond { get; init; }

    internal void Validate(string at, OptionErrors errors) =>
        RateLimitPolicyOptions.ValidateBucket(at, Capacity, RefillPerSecond, errors);
}

/// <summary>A token-bucket policy: one bucket per key, refilled from the elapsed time.</summary>
public sealed record RateLimitPolicyOptions
{
    internal const long MaxCapacity = 1_000_000_000;
    internal const double MinRefill = 1.0 / 86_400, MaxRefill = 10_000_000;

    /// <summary>Whose requests share a bucket. Default Ip.</summary>
    public RateLimitKeyKind Key { get; init; }

    /// <summary>Name of a key that the application brings (<c>GatewayExtensions.RateLimitKeys</c>), in place of <see cref="Key"/>; decided after
    /// authentication. Null (default): none.</summary>
    public string? CustomKey { get; init; }

    /// <summary>Tokens the bucket holds: the largest burst. Count, 1–1,000,000,000. Required.</summary>
    public long Capacity { get; init; }

    /// <summary>Tokens that come back each second: the lasting rate. 1 a day – 10,000,000; fractions allowed. Required.</summary>
    public double RefillPerSecond { get; init; }

    /// <summary>Other sizes by the user's tier, which is compared with case. Each tier has buckets of its own. Default none.</summary>
    public IReadOnlyDictionary<string, RateLimitTierOptions> Tiers { get; init; } = new Dictionary<string, RateLimitTierOptions>();

    /// <summary>Whether both say the same. The records' own equality would compare tiers by reference.</summary>
    internal bool Says(RateLimitPolicyOptions other) => (this with { Tiers = other.Tiers }) == other
        && Tiers.Count == other.Tiers.Count && Tiers.All(tier => other.Tiers.TryGetValue(tier.Key, out RateLimitTierOptions? same) && same == tier.Value);

    internal void Validate(string at, OptionErrors errors)
    {
        ValidateBucket(at, Capacity, RefillPerSecond, errors);
        if (Tiers.Count > 0 && CustomKey is null && Key is RateLimitKeyKind.Ip or RateLimitKeyKind.ApiKey)
        {
            errors.Add($"{at}:{nameof(Tiers)}", $"tiers are the user's, but the key is {Key}");
        }

        foreach ((string name, RateLimitTierOptions tier) in Tiers)
        {
            tier.Validate($"{at}:{nameof(Tiers)}:{name}", errors);
        }
    }

    internal static void ValidateBucket(string at, long capacity, double refill, OptionErrors errors)
    {
        errors.Range($"{at}:{nameof(Capacity)}", capacity, 1, MaxCapacity);
        if (!(refill >= MinRefill && refill <= MaxRefill))
        {
            errors.Add($"{at}:{nameof(RefillPerSecond)}",
                $"{refill} is out of range; allowed are 1/86400 (one a day) to {MaxRefill:0}");
        }
    }
}

/// <summary>Which kind of store has the buckets.</summary>
public enum RateLimitStoreKind
{
    /// <summary>This process: each gateway counts for itself.</summary>
    Memory,

    /// <summary>Redis, or what speaks like it (Valkey, Garnet): all gateways with the same store share each bucket. In the binary alone.</summary>
    Redis,
}

/// <summary>Who decides while the store cannot be asked.</summary>
public enum StoreFailureMode
{
    /// <summary>Each gateway by itself, with its share of the bucket: capacity and rate by the number of gateways seen last.</summary>
    Local,

    /// <summary>Nobody: every request goes through.</summary>
    Allow,

    /// <summary>Nobody: every request is refused with 429, once what was leased is spent.</summary>
    Deny,
}

/// <summary>Where buckets live.</summary>
public sealed record RateLimitStoreOptions
{
    internal const int MinKeys = 100, MaxKeysLimit = 100_000_000;

    /// <summary>Which kind of store. Default Memory.</summary>
    public RateLimitStoreKind Kind { get; init; }

    /// <summary>The address of the store of kind Redis, and what else StackExchange.Redis is to know, as in
    /// <c>redis:6379,password=…,ssl=true</c>. Required for that kind.</summary>
    public string? Redis { get; init; }

    /// <summary>What the keys in Redis begin with: gateways that share limits have the same, others another. 1–64 of A–Z, a–z, 0–9, '-', '_', '.' and
    /// ':'; default <c>gateway</c>.</summary>
    public string KeyPrefix { get; init; } = "gateway";

    /// <summary>Who decides while the store cannot be asked, or does not answer within 5 ms. Default Local.</summary>
    public StoreFailureMode OnStoreFailure { get; init; }

    /// <summary>Buckets kept per policy, so that a flood of keys cannot fill the memory: beyond it those not asked for longest are forgotten,
    /// and the last half as many keys never are. Count, 100–100,000,000; default 100,000 (about 11 MB when full).</summary>
    public int MaxKeys { get; init; } = 100_000;

    internal void Validate(string at, OptionErrors errors)
    {
        errors.Range($"{at}:{nameof(MaxKeys)}", MaxKeys, MinKeys, MaxKeysLimit);
        errors.Prefix($"{at}:{nameof(KeyPrefix)}", KeyPrefix);

        if (Kind == RateLimitStoreKind.Redis && string.IsNullOrWhiteSpace(Redis))
        {
            errors.Add($"{at}:{nameof(Redis)}", "is missing: the store's address, as in 'redis:6379'");
        }
    }
}
