namespace Gateway.Core.RateLimiting;

/// <summary>One policy as it meets one kind of caller.</summary>
/// <param name="Limiter">The policy.</param>
/// <param name="Size">The size of this caller's bucket.</param>
/// <param name="Key">Where the key comes from: Ip, User or ApiKey; UserOrIp has been resolved.</param>
internal sealed record AppliedLimit(RateLimiter Limiter, BucketSize Size, RateLimitKeyKind Key);

/// <summary>What one kind of caller must pass at one of the two stages, in order.</summary>
/// <param name="Limits">May be empty.</param>
/// <param name="PolicyHeader">Value of RateLimit-Policy: these policies and those of the stage before; null for none.</param>
internal sealed record RateLimitSet(AppliedLimit[] Limits, string? PolicyHeader);
