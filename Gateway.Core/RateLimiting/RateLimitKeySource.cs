using Gateway.Core.Context;

namespace Gateway.Core.RateLimiting;

/// <summary>An application's own answer to whose bucket a request takes from (<see cref="RateLimitPolicyOptions.CustomKey"/>). On the request's
/// thread, after authentication; what it throws is a defect: the request is answered with 500.</summary>
/// <param name="context">The request.</param>
/// <returns>The key, of which only a hash is kept; null when the policy does not limit this request.</returns>
public delegate string? RateLimitKeySource(GatewayContext context);
