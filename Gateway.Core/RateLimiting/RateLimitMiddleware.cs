using System.Globalization;
using System.Runtime.CompilerServices;
using Gateway.Core.Context;
using Gateway.Core.Errors;

namespace Gateway.Core.RateLimiting;

/// <summary>Which of the two places in the pipeline.</summary>
internal enum RateLimitPhase
{
    /// <summary>Policies by address and by API key: they also protect authentication.</summary>
    BeforeAuthentication,

    /// <summary>Policies by user.</summary>
    AfterAuthentication,
}

/// <summary>
/// May they ask again now? Every policy that applies must have a token, in the configured order; the first without one ends the way
/// with 429 (RFC 6585, section 4). Tokens that the policies before it gave stay taken: who is over one limit does not save on another.
/// </summary>
internal sealed class RateLimitMiddleware(GatewayStep next, RateLimitPhase phase, RouteLimits limits, TimeProvider clock)
{
    /// <summary>Longest RateLimit header that is written on the stack first, in characters; longer ones rent.</summary>
    private const int StackText = 256;

    public Task InvokeAsync(GatewayContext context)
    {
        RateLimitPlan plan = limits.For(context.Route);
        RateLimitSet set = phase == RateLimitPhase.BeforeAuthentication ? plan.BeforeAuthentication(context) : plan.AfterAuthentication(context);
        return set.Limits.Length == 0 || TakeAll(set, context) ? next(context) : Task.CompletedTask;
    }

    /// <summary>Takes a token of each policy and writes the headers; false when one refused, with the context saying so.</summary>
    private bool TakeAll(RateLimitSet set, GatewayContext context)
    {
        // One string for the stage, the only thing it allocates (96 bytes for one policy).
        var header = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[StackText]);
        string separator = "";
        if (context.RateLimitHeader is { } before)
        {
            header.AppendLiteral(before);
            separator = ", ";
        }

        long now = clock.GetTimestamp();
        bool taken = true;
        foreach (AppliedLimit limit in set.Limits)
        {
            (RateLimiter limiter, BucketSize size, _) = limit;
            taken = limiter.TryTake(KeyOf(limit.Key, context), size, now, out BucketState state);

            // t: seconds until the quota is back; on a refusal, as Retry-After, until the next token is.
            long seconds = size.SecondsOf(taken ? state.UntilFull : state.UntilToken);
            header.AppendLiteral(separator);
            header.AppendLiteral(limiter.HeaderItem);
            Append(ref header, state.Remaining);
            header.AppendLiteral(";t=");
            Append(ref header, seconds);
            separator = ", ";
            if (!taken)
            {
                context.Refuse(GatewayError.RateLimited, limiter.RefusalDetail, TimeSpan.FromSeconds(seconds));
                break;
            }
        }

        context.RateLimitPolicyHeader = set.PolicyHeader;
        context.RateLimitHeader = header.ToStringAndClear();
        return taken;
    }

    /// <summary>The handler's own formatting of a number boxes it until the runtime has optimised the method.</summary>
    private static void Append(ref DefaultInterpolatedStringHandler header, long number)
    {
        Span<char> digits = stackalloc char[20];
        number.TryFormat(digits, out int length, provider: CultureInfo.InvariantCulture);
        header.AppendFormatted(digits[..length]);
    }

    private static RateLimitKey KeyOf(RateLimitKeyKind kind, GatewayContext context) => kind switch
    {
        RateLimitKeyKind.User => new RateLimitKey(context.User!.KeyHash),
        RateLimitKeyKind.ApiKey => RateLimitKey.OfApiKey(RateLimitPlan.ApiKeyOf(context.Http)),
        _ => RateLimitKey.OfAddress(context.ClientIp),
    };
}
