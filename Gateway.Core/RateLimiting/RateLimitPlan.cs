using Gateway.Core.Context;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.RateLimiting;

/// <summary>One policy as it meets one kind of caller.</summary>
/// <param name="Limiter">The policy.</param>
/// <param name="Size">The size of this caller's bucket.</param>
/// <param name="Key">Where the key comes from: Ip, User or ApiKey; UserOrIp has been resolved. The limiter's own source comes before it.</param>
internal sealed record AppliedLimit(RateLimiter Limiter, BucketSize Size, RateLimitKeyKind Key)
{
    /// <summary>Whose bucket; null when the policy does not limit the request.</summary>
    public RateLimitKey? KeyOf(GatewayContext context) =>
        Limiter.KeySource is { } source ? (source(context) is { } text ? RateLimitKey.OfText(text) : null)
        : Key switch
        {
            RateLimitKeyKind.User => new RateLimitKey(context.User!.KeyHash),
            RateLimitKeyKind.ApiKey => RateLimitKey.OfText(RateLimitPlan.ApiKeyOf(context.Http)),
            _ => RateLimitKey.OfAddress(context.ClientIp),
        };
}

/// <summary>What one kind of caller must pass at one of the two stages, in order.</summary>
/// <param name="Limits">May be empty.</param>
/// <param name="PolicyHeader">Value of RateLimit-Policy: these policies and those of the stage before; null for none.</param>
internal sealed record RateLimitSet(AppliedLimit[] Limits, string? PolicyHeader);

/// <summary>
/// The policies of a route, sorted when the configuration is loaded by the stage that can decide them (before authentication only the
/// address and the API key are known) and by the kind of caller, so that a request only picks its sets. Immutable.
/// </summary>
internal sealed class RateLimitPlan
{
    public const string ApiKeyHeader = "X-API-Key";

    private readonly bool _usesApiKeys;
    private readonly Sets _withoutKey;
    private readonly Sets _withKey;

    /// <param name="limiters">The route's policies in the order in which they are asked.</param>
    public RateLimitPlan(IReadOnlyList<RateLimiter> limiters)
    {
        _usesApiKeys = limiters.Any(IsByApiKey);
        _withoutKey = new Sets([.. limiters.Where(static limiter => !IsByApiKey(limiter))]);
        _withKey = _usesApiKeys ? new Sets([.. limiters]) : _withoutKey;
    }

    /// <summary>What to pass before anybody has asked who is calling.</summary>
    public RateLimitSet BeforeAuthentication(GatewayContext context) => SetsFor(context).Before;

    /// <summary>What to pass when the caller is known.</summary>
    public RateLimitSet AfterAuthentication(GatewayContext context) => SetsFor(context).After(context.User);

    /// <summary>The request's API key; empty when it has none.</summary>
    public static string ApiKeyOf(HttpContext http) => http.Request.Headers[ApiKeyHeader].ToString();

    private static bool IsByApiKey(RateLimiter limiter) => limiter.KeySource is null && limiter.Options.Key == RateLimitKeyKind.ApiKey;

    private Sets SetsFor(GatewayContext context) => _usesApiKeys && ApiKeyOf(context.Http).Length > 0 ? _withKey : _withoutKey;

    private sealed class Sets
    {
        private readonly RateLimitSet _anonymous;
        private readonly RateLimitSet _user;
        private readonly Dictionary<string, RateLimitSet> _tiers = new(StringComparer.Ordinal);

        public Sets(RateLimiter[] limiters)
        {
            RateLimiter[] early = [.. limiters.Where(static limiter => limiter.KeySource is null && limiter.Options.Key is RateLimitKeyKind.Ip or RateLimitKeyKind.ApiKey)];
            RateLimiter[] late = [.. limiters.Except(early)];
            Before = Join([], early.Select(static limiter => new AppliedLimit(limiter, limiter.Size, limiter.Options.Key)));
            _anonymous = Join(Before.Limits, late
                .Where(static limiter => limiter.KeySource is not null || limiter.Options.Key == RateLimitKeyKind.UserOrIp)
                .Select(static limiter => new AppliedLimit(limiter, limiter.Size, RateLimitKeyKind.Ip)));
            _user = ForTier(late, null);
            foreach (string tier in late.SelectMany(static limiter => limiter.Tiers).Distinct(StringComparer.Ordinal))
            {
                _tiers[tier] = ForTier(late, tier);
            }
        }

        public RateLimitSet Before { get; }

        public RateLimitSet After(UserContext? user) =>
            user is null ? _anonymous
            : user.Tier is not null && _tiers.TryGetValue(user.Tier, out RateLimitSet? tier) ? tier
            : _user;

        private RateLimitSet ForTier(RateLimiter[] late, string? tier) => Join(Before.Limits, late
            .Select(limiter => new AppliedLimit(limiter, limiter.SizeOf(tier), RateLimitKeyKind.User)));

        private static RateLimitSet Join(AppliedLimit[] before, IEnumerable<AppliedLimit> limits)
        {
            AppliedLimit[] own = [.. limits];
            string header = string.Join(", ", before.Concat(own).Select(static limit => limit.Size.PolicyItem));
            return new RateLimitSet(own, header.Length == 0 ? null : header);
        }
    }
}
