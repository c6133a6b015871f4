using Gateway.Core.Context;

namespace Gateway.Core.LoadBalancing;

/// <summary>Which instance? 503 when none is healthy or every breaker refuses. Begins the attempt; whatever then happens, the pipeline
/// ends it, so that the instance's load is counted down and its breaker learns how it went.</summary>
/// <param name="next">Makes the attempt and reports its result to the context.</param>
/// <param name="byService">One for each service, by its Index.</param>
internal sealed class SelectionMiddleware(GatewayStep next, InstanceSelector[] byService)
{
    public Task InvokeAsync(GatewayContext context)
    {
        Selection selection = byService[context.Route!.Service.Index].Select();
        if (selection.Instance is not { } instance)
        {
            return context.Refuse(selection.Error, retryAfter: selection.RetryAfter);
        }

        context.BeginAttempt(instance, selection.Pass);
        return next(context);
    }
}
