using Gateway.Core.Context;

namespace Gateway.Core.LoadBalancing;

/// <summary>Which instance? 503 when none is healthy, every breaker refuses, or all have as much as they can take. Begins the attempt; whatever
/// then happens, the pipeline ends it, so that the instance's load is counted down and its breaker learns how it went.</summary>
/// <param name="next">Makes the attempt and reports its result to the context.</param>
/// <param name="byService">One for each service, by its Index.</param>
/// <param name="clock">The pipeline's.</param>
internal sealed class SelectionMiddleware(GatewayStep next, InstanceSelector[] byService, TimeProvider clock)
{
    public Task InvokeAsync(GatewayContext context)
    {
        Selection selection = byService[context.Service!.Index].Select(context.Tried, context);
        if (selection.Instance is { } instance)
        {
            context.BeginAttempt(instance, selection.Pass, clock.GetTimestamp());
            return next(context);
        }

        return context.Tried is null ? context.Refuse(selection.Error, retryAfter: selection.RetryAfter) : context.GiveUp();
    }
}
