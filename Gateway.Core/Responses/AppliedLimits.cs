using Gateway.Core.Context;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Responses;

/// <summary>
/// The RateLimit headers of a request that more than one limits: policies of an application that stand before each other, and before a gateway. Each
/// adds its own when the response starts, the innermost first. A feature of the request.
/// </summary>
internal sealed class AppliedLimits
{
    private string? _policies;
    private string? _states;

    /// <summary>That there may be more than one; from the outermost on.</summary>
    public static void Expect(HttpContext http)
    {
        if (http.Features.Get<AppliedLimits>() is null)
        {
            http.Features.Set(new AppliedLimits());
        }
    }

    /// <summary>Writes what applies to the request: its own, and that of those within.</summary>
    public static void Write(GatewayContext context, IHeaderDictionary headers)
    {
        if (context.RateLimitHeader is not { } state)
        {
            return;
        }

        string? policy = context.RateLimitPolicyHeader;
        if (context.Http.Features.Get<AppliedLimits>() is { } all)
        {
            policy = all._policies = all._policies is null ? policy : $"{policy}, {all._policies}";
            state = all._states = all._states is null ? state : $"{state}, {all._states}";
        }

        headers["RateLimit-Policy"] = policy;
        headers["RateLimit"] = state;
    }
}
