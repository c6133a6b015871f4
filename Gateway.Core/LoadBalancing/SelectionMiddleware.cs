using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Resilience;

namespace Gateway.Core.LoadBalancing;

/// <summary>Which instance? 503 when none is healthy or every breaker refuses. Whatever then happens, the instance's load is counted down
/// and its breaker learns how the attempt ended.</summary>
/// <param name="next">Makes the attempt and leaves its result in the context.</param>
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

        context.Instance = instance;
        context.Attempts++;
        context.AttemptResult = AttemptResult.Neutral;
        instance.Enter();
        Task attempt;
        try
        {
            attempt = next(context);
        }
        catch
        {
            Leave(context, instance, selection.Pass);
            throw;
        }

        if (!attempt.IsCompleted)
        {
            return WaitAsync(attempt, context, instance, selection.Pass);
        }

        Leave(context, instance, selection.Pass);
        return attempt;
    }

    private static async Task WaitAsync(Task attempt, GatewayContext context, ServiceInstance instance, CircuitPass pass)
    {
        try
        {
            await attempt;
        }
        finally
        {
            Leave(context, instance, pass);
        }
    }

    private static void Leave(GatewayContext context, ServiceInstance instance, CircuitPass pass)
    {
        instance.Leave();
        instance.Breaker.Record(pass, context.AttemptResult);
    }
}
