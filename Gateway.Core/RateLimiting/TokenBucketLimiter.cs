using System.Net;
using Gateway.Core.Errors;

namespace Gateway.Core.RateLimiting;

/// <summary>What a <see cref="TokenBucketLimiter"/> decided.</summary>
public readonly struct LimitDecision
{
    internal LimitDecision(bool isAllowed, long remaining, TimeSpan retryAfter) => (IsAllowed, Remaining, RetryAfter) = (isAllowed, remaining, retryAfter);

    /// <summary>Whether a token was taken.</summary>
    public bool IsAllowed { get; }

    /// <summary>Whole tokens left.</summary>
    public long Remaining { get; }

    /// <summary>When the next token is there, in whole seconds rounded up, as Retry-After has it; zero when one was taken.</summary>
    public TimeSpan RetryAfter { get; }
}

/// <summary>The gateway's token buckets by themselves, one for each key. Safe from any thread; a decision about a known key allocates nothing, but
/// for the text's hash where it is longer than 170 characters.</summary>
public sealed class TokenBucketLimiter
{
    private readonly RateLimiter _limiter;
    private readonly TimeProvider _clock;

    /// <param name="options">Sizes; whose bucket it is says the caller.</param>
    /// <param name="maxKeys">Buckets kept: beyond it those not asked for longest are forgotten. 100–100,000,000; default 100,000, about 11 MB when full.</param>
    /// <param name="clock">Where time comes from; null for the system's.</param>
    /// <exception cref="GatewayOptionsException">A size is out of its bounds.</exception>
    public TokenBucketLimiter(RateLimitPolicyOptions options, int maxKeys = 100_000, TimeProvider? clock = null)
    {
        var store = new RateLimitStoreOptions { MaxKeys = maxKeys };
        RateLimitPolicyOptions keyed = options with { Key = RateLimitKeyKind.UserOrIp, CustomKey = null };
        var errors = new OptionErrors();
        keyed.Validate(nameof(TokenBucketLimiter), errors);
        store.Validate(nameof(TokenBucketLimiter), errors);
        errors.ThrowIfAny();
        _clock = clock ?? TimeProvider.System;
        _limiter = new RateLimiter("limit", keyed, store, _clock);
    }

    /// <summary>Buckets held now.</summary>
    public int KeyCount => _limiter.Keys;

    /// <summary>Takes a token of the key's bucket, if it has one.</summary>
    /// <param name="key">Anything; only its hash is kept.</param>
    /// <param name="tier">One of <see cref="RateLimitPolicyOptions.Tiers"/>; null, or an unknown one, for the policy's own size.</param>
    public LimitDecision Take(string key, string? tier = null) => Take(RateLimitKey.OfText(key), tier);

    /// <summary>Takes a token of the address's bucket, if it has one: of IPv6 addresses each /64 has one.</summary>
    /// <param name="address">The client's.</param>
    public LimitDecision Take(IPAddress address) => Take(RateLimitKey.OfAddress(address), tier: null);

    private LimitDecision Take(RateLimitKey key, string? tier)
    {
        BucketSize size = _limiter.SizeOf(tier);
        bool isAllowed = _limiter.Take(key, size, _clock.GetTimestamp(), out BucketState state) == LimitVerdict.Allowed;
        return new LimitDecision(isAllowed, state.Remaining, isAllowed ? TimeSpan.Zero : TimeSpan.FromSeconds(size.SecondsOf(state.UntilToken)));
    }
}
