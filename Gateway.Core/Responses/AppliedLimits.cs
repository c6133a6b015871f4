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

    private readonly List<object> _asked = [];

    /// <summary>That there may be more than one; from the outermost on.</summary>
    /// <param name="http">The request.</param>
    /// <param name="policy">Who is asked.</param>
    /// <returns>False when it has been asked: an application may send a request through its middleware once more, for an error's page.</returns>
    public static bool Expect(HttpContext http, object policy)
    {
        AppliedLimits? limits = http.Features.Get<AppliedLimits>();
        if (limits is null)
        {
            http.Features.Set(limits = new AppliedLimits());
        }

        bool isNew = !limits._asked.Contains(policy);
        if (isNew)
        {
            limits._asked.Add(policy);
        }

        return isNew;
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
