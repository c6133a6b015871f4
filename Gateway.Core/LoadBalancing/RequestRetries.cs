using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Resilience;
using Gateway.Core.Telemetry;

namespace Gateway.Core.LoadBalancing;

/// <summary>
/// Sends a request whose attempt failed to another instance, as often as <see cref="RetryOptions"/> and what is left of the total timeout
/// allow; else the failure stands. Not a stage, but what the pipeline does when the way has come back: so a request that goes well does
/// not pay for it.
/// </summary>
/// <param name="attempt">The way from selection on.</param>
/// <param name="byService">One for each service, by its Index.</param>
/// <param name="metrics">Learns how it went.</param>
/// <param name="clock">The pipeline's.</param>
/// <param name="jitter">Draws from 0 up to 1; null for chance.</param>
internal sealed class RequestRetries(
    GatewayStep attempt, InstanceSelector[] byService, GatewayMetrics metrics, TimeProvider clock, Func<double>? jitter = null)
{
    private readonly Func<double> _jitter = jitter ?? Random.Shared.NextDouble;

    /// <summary>Outcomes, the closed list of the label in <c>gateway_retries_total</c>.</summary>
    internal const string Success = "success", Failure = "failure", NoBudget = "no_budget", NoInstance = "no_instance", NoBody = "body_not_kept", NoTime = "no_time";

    /// <summary>Goes on after an attempt that failed, with leave to try again; returns with an answer or the failure that stands.</summary>
    public async Task RunAsync(GatewayContext context)
    {
        RetryOptions options = context.Service!.Options.Retry;
        while (CanRepeat(context) && context.Attempts < options.MaxAttempts)
        {
            TimeSpan wait = options.BackoffOf(context.Attempts, _jitter());
            if (Obstacle(context, wait) is { } outcome)
            {
                metrics.RetryEnded(context.Service.Name, outcome);
                return;
            }

            context.TryAgain();
            await Task.Delay(wait, clock, context.Http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await (context.Http.RequestAborted.IsCancellationRequested ? context.GiveUp() : attempt(context));
            context.EndAttempt();
            metrics.RetryEnded(context.Service.Name, context.Error == GatewayError.None ? Success : Failure);
        }
    }

    /// <summary>Whether the failure, and the method, are of a kind that another attempt may follow.</summary>
    private static bool CanRepeat(GatewayContext context) => context.MayRetry switch
    {
        Retry.Always => true,
        Retry.IfIdempotent => context.IsIdempotent,
        _ => false,
    } && !context.Http.Response.HasStarted;

    /// <summary>What stands in the way; null when nothing does: then leave is taken of the budget.</summary>
    private string? Obstacle(GatewayContext context, TimeSpan wait)
    {
        BackendService service = context.Service!;
        if (!byService[service.Index].HasAnother(context.Tried, context.Instance!))
        {
            return NoInstance;
        }

        if (context.BytesIn > 0 && context.Replay is not { IsWhole: true })
        {
            return NoBody;
        }

        return context.Timeouts!.Total - clock.GetElapsedTime(context.FirstAttemptAt) <= wait ? NoTime
            : service.RetryBudget.TryTake(service.InFlight) ? null
            : NoBudget;
    }
}
