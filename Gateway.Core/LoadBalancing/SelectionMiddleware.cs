using Gateway.Core.Context;

namespace Gateway.Core.LoadBalancing;

/// <summary>Which instance? 503 when none is healthy or every breaker refuses. Whatever then happens, the instance's load is counted down
/// and its breaker learns how the attempt ended.</summary>
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
        Task attempt;
        try
        {
            attempt = next(context);
        }
        catch
        {
            context.EndAttempt();
            throw;
        }

        if (!attempt.IsCompleted)
        {
            return WaitAsync(attempt, context);
        }

        context.EndAttempt();
        return attempt;
    }

    private static async Task WaitAsync(Task attempt, GatewayContext context)
    {
        try
        {
            await attempt;
        }
        finally
        {
            context.EndAttempt();
        }
    }
}
