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
        if (set.Limits.Length == 0)
        {
            return next(context);
        }

        int passed = TakeFrom(set, context, 0, known: null);
        return passed == set.Limits.Length ? next(context)
            : context.Error == GatewayError.None ? TakeAskingAsync(set, context, passed)
            : Task.CompletedTask;
    }

    /// <summary>Takes a token of each policy from one on and writes the headers.</summary>
    /// <param name="set">The policies.</param>
    /// <param name="context">The request; says so if it was refused.</param>
    /// <param name="from">The first policy that has not decided yet.</param>
    /// <param name="known">What that policy has decided; null to ask it.</param>
    /// <returns>The policy that refused, or that must ask its store; the number of policies when all have let it pass.</returns>
    private int TakeFrom(RateLimitSet set, GatewayContext context, int from, (LimitVerdict Verdict, BucketState State)? known)
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
        int at = from;
        for (bool goesOn = true; goesOn && at < set.Limits.Length; at += goesOn ? 1 : 0)
        {
            (RateLimiter limiter, BucketSize size, _) = set.Limits[at];
            if (known is null)
            {
                if (set.Limits[at].KeyOf(context) is not { } key)
                {
                    continue;
                }

                known = (limiter.Take(key, size, now, out BucketState found), found);
            }

            (LimitVerdict verdict, BucketState state) = known.Value;
            known = null;
            goesOn = verdict == LimitVerdict.Allowed;
            if (verdict == LimitVerdict.MustAsk)
            {
                continue;
            }

            // t: seconds until the quota is back; on a refusal, as Retry-After, until the next token is.
            long seconds = size.SecondsOf(goesOn ? state.UntilFull : state.UntilToken);
            header.AppendLiteral(separator);
            header.AppendLiteral(limiter.HeaderItem);
            Append(ref header, state.Remaining);
            header.AppendLiteral(";t=");
            Append(ref header, seconds);
            separator = ", ";
            if (!goesOn)
            {
                context.Refuse(GatewayError.RateLimited, limiter.RefusalDetail, TimeSpan.FromSeconds(seconds));
            }
        }

        context.RateLimitPolicyHeader = set.PolicyHeader;
        context.RateLimitHeader = header.ToStringAndClear() is { Length: > 0 } items ? items : null;
        return at;
    }

    /// <summary>The same where a policy must ask its store.</summary>
    private async Task TakeAskingAsync(RateLimitSet set, GatewayContext context, int at)
    {
        while (at < set.Limits.Length)
        {
            AppliedLimit limit = set.Limits[at];

            // One patience for all policies of a request, at both stages.
            long began = clock.GetTimestamp();
            (LimitVerdict, BucketState) known =
                await limit.Limiter.TakeWhenAnsweredAsync(limit.KeyOf(context)!.Value, limit.Size, StoreLink.Patience - context.WaitedForStore);
            context.WaitedForStore += clock.GetElapsedTime(began);
            at = TakeFrom(set, context, at, known);
            if (context.Error != GatewayError.None)
            {
                return;
            }
        }

        await next(context);
    }

    /// <summary>The handler's own formatting of a number boxes it until the runtime has optimised the method.</summary>
    private static void Append(ref DefaultInterpolatedStringHandler header, long number)
    {
        Span<char> digits = stackalloc char[20];
        number.TryFormat(digits, out int length, provider: CultureInfo.InvariantCulture);
        header.AppendFormatted(digits[..length]);
    }
}
