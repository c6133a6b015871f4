using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Resilience;

namespace Gateway.Core.LoadBalancing;

/// <summary>What a selection came to: an instance with its breaker's leave, or why there is none.</summary>
internal readonly record struct Selection
{
    private Selection(ServiceInstance? instance, CircuitPass pass, GatewayError error, TimeSpan retryAfter) =>
        (Instance, Pass, Error, RetryAfter) = (instance, pass, error, retryAfter);

    /// <summary>Null when nobody can be asked.</summary>
    public ServiceInstance? Instance { get; }

    /// <summary>To be handed back to the instance's breaker with the result, exactly once. Of no meaning without an instance.</summary>
    public CircuitPass Pass { get; }

    /// <summary>NoHealthyInstance, CircuitOpen or Overloaded; None with an instance.</summary>
    public GatewayError Error { get; }

    /// <summary>When asking again may help; zero with an instance.</summary>
    public TimeSpan RetryAfter { get; }

    public static Selection Of(ServiceInstance instance, CircuitPass pass) => new(instance, pass, GatewayError.None, TimeSpan.Zero);

    public static Selection None(GatewayError error, TimeSpan retryAfter) => new(null, default, error, retryAfter);
}

/// <summary>
/// Chooses an instance of one service: one that is healthy and not left out, by the service's policy, that has a place free and whose breaker
/// lets it. One that has just come back is passed over now and then, until it has its whole share. Safe from any thread.
/// </summary>
/// <param name="service">Whose instances.</param>
/// <param name="balancer">The application's own; null for that of the service's policy.</param>
internal sealed class InstanceSelector(BackendService service, LoadBalancer? balancer = null)
{
    private readonly LoadBalancer _balancer = balancer ?? LoadBalancer.Create(service.Options.LoadBalancing);

    // An instance may be back after the next check, which is a fast one while it is gone.
    private readonly TimeSpan _untilNextCheck = service.Options.HealthCheck is { } check
        ? (check.FastInterval < check.Interval ? check.FastInterval : check.Interval)
        : TimeSpan.Zero;

    /// <summary>Takes a place within the chosen instance's limit, to be given back.</summary>
    /// <param name="tried">Instances not to be chosen; null for none.</param>
    /// <param name="request">For whom; null for a copy.</param>
    public Selection Select(List<ServiceInstance>? tried = null, GatewayContext? request = null)
    {
        ServiceInstance[] usable = service.Usable;
        Selection selection = SelectAmong(tried is null ? usable : Without(usable, tried), request);
        if (selection.Instance is not null || selection.Error == GatewayError.Overloaded || service.Healthy.Length == usable.Length)
        {
            return selection;
        }

        // Rather one that is left out than none.
        Selection leftOut = SelectAmong(Without(service.Healthy, [.. usable, .. tried ?? []]), request);
        return leftOut.Instance is null ? selection : leftOut;
    }

    /// <summary>Whether another instance may take the request: one with a closed circuit and a free place, that was not tried.</summary>
    public bool HasAnother(List<ServiceInstance>? tried, ServiceInstance last)
    {
        foreach (ServiceInstance instance in service.Healthy)
        {
            if (instance != last && instance.Breaker.State == CircuitState.Closed && !instance.Limit.IsReached && tried?.Contains(instance) != true)
            {
                return true;
            }
        }

        return false;
    }

    private Selection SelectAmong(ServiceInstance[] candidates, GatewayContext? request)
    {
        if (candidates.Length == 0)
        {
            return Selection.None(GatewayError.NoHealthyInstance, _untilNextCheck);
        }

        ServiceInstance chosen = _balancer.Choose(candidates, request);
        return TakesItsShare(chosen) && TryEnter(chosen, out CircuitPass pass) ? Selection.Of(chosen, pass) : SelectAmongTheRest(candidates, chosen, request);
    }

    private static ServiceInstance[] Without(ServiceInstance[] instances, List<ServiceInstance> others) =>
        [.. instances.Where(instance => !others.Contains(instance))];

    private static bool TakesItsShare(ServiceInstance instance) => instance.Share() is var share && (share >= 1 || Random.Shared.NextDouble() < share);

    private static bool TryEnter(ServiceInstance instance, out CircuitPass pass)
    {
        if (!instance.Limit.TryEnter())
        {
            pass = default;
            return false;
        }

        if (instance.Breaker.TryEnter(out pass))
        {
            return true;
        }

        instance.Limit.Leave();
        return false;
    }

    /// <summary>While a circuit is open, a limit reached or an instance starting: one array for the instances that may let in, and one more for each
    /// that then does not. The one passed over comes last, whatever its share.</summary>
    private Selection SelectAmongTheRest(ServiceInstance[] candidates, ServiceInstance refusing, GatewayContext? request)
    {
        ServiceInstance[] rest = [.. candidates.Where(instance => instance != refusing && MayLetIn(instance))];
        while (rest.Length > 0)
        {
            ServiceInstance chosen = _balancer.Choose(rest, request);
            if (TryEnter(chosen, out CircuitPass pass))
            {
                return Selection.Of(chosen, pass);
            }

            rest = [.. rest.Where(instance => instance != chosen)];
        }

        if (TryEnter(refusing, out CircuitPass last))
        {
            return Selection.Of(refusing, last);
        }

        // Overloaded is who has the right to more: those whose circuit is open have not.
        return candidates.Any(static instance => instance.Breaker.State == CircuitState.Closed)
            ? Selection.None(GatewayError.Overloaded, TimeSpan.Zero)
            : Selection.None(GatewayError.CircuitOpen, candidates.Min(static instance => instance.Breaker.RetryAfter()));
    }

    private static bool MayLetIn(ServiceInstance instance) => !instance.Limit.IsReached && instance.Breaker.RetryAfter() == TimeSpan.Zero;
}
