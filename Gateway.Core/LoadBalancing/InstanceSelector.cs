using Gateway.Core.Backends;
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

    /// <summary>NoHealthyInstance or CircuitOpen; None with an instance.</summary>
    public GatewayError Error { get; }

    /// <summary>When asking again may help; zero with an instance.</summary>
    public TimeSpan RetryAfter { get; }

    public static Selection Of(ServiceInstance instance, CircuitPass pass) => new(instance, pass, GatewayError.None, TimeSpan.Zero);

    public static Selection None(GatewayError error, TimeSpan retryAfter) => new(null, default, error, retryAfter);
}

/// <summary>Chooses an instance of one service: a healthy one, by the service's policy, whose breaker lets it. Safe from any thread.</summary>
internal sealed class InstanceSelector(BackendService service)
{
    private readonly LoadBalancer _balancer = LoadBalancer.For(service.Options.LoadBalancing);

    // An instance may be back after the next check.
    private readonly TimeSpan _untilNextCheck = service.Options.HealthCheck?.Interval ?? TimeSpan.Zero;

    public Selection Select()
    {
        ServiceInstance[] candidates = service.Healthy;
        if (candidates.Length == 0)
        {
            return Selection.None(GatewayError.NoHealthyInstance, _untilNextCheck);
        }

        ServiceInstance chosen = _balancer.Choose(candidates);
        return chosen.Breaker.TryEnter(out CircuitPass pass) ? Selection.Of(chosen, pass) : SelectAmongTheRest(candidates, chosen);
    }

    /// <summary>While a circuit is open: one array for the instances that may let in, and one more for each that then does not.</summary>
    private Selection SelectAmongTheRest(ServiceInstance[] candidates, ServiceInstance refusing)
    {
        ServiceInstance[] rest = [.. candidates.Where(instance => instance != refusing && instance.Breaker.RetryAfter() == TimeSpan.Zero)];
        while (rest.Length > 0)
        {
            ServiceInstance chosen = _balancer.Choose(rest);
            if (chosen.Breaker.TryEnter(out CircuitPass pass))
            {
                return Selection.Of(chosen, pass);
            }

            rest = [.. rest.Where(instance => instance != chosen)];
        }

        return Selection.None(GatewayError.CircuitOpen, candidates.Min(static instance => instance.Breaker.RetryAfter()));
    }
}
