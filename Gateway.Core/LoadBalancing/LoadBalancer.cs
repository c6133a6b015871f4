using Gateway.Core.Backends;
using Gateway.Core.Context;

namespace Gateway.Core.LoadBalancing;

/// <summary>Which instance: one per service, to be safe from any thread. Health is not its business; it gets those in question.</summary>
public abstract class LoadBalancer
{
    /// <summary>Makes the balancer of a built-in policy. It allocates nothing when it chooses.</summary>
    /// <param name="policy">One of the policies that have a name of their own.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such policy.</exception>
    public static LoadBalancer Create(LoadBalancingPolicy policy) => policy switch
    {
        LoadBalancingPolicy.RoundRobin => new RoundRobin(),
        LoadBalancingPolicy.WeightedRoundRobin => new WeightedRoundRobin(),
        LoadBalancingPolicy.LeastConnections => new LeastConnections(),
        LoadBalancingPolicy.PowerOfTwoChoices => new PowerOfTwoChoices(),
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "Every policy has a balancer."),
    };

    /// <summary>Chooses one of the candidates.</summary>
    /// <param name="candidates">At least one, in the service's order; may be others at each call. Not kept.</param>
    /// <param name="request">The request; null where there is none, as for a copy of one. Built-in policies do not look at it.</param>
    /// <exception cref="IndexOutOfRangeException">There is no candidate.</exception>
    public ServiceInstance Choose(ReadOnlySpan<ServiceInstance> candidates, GatewayContext? request = null) =>
        candidates.Length == 1 ? candidates[0] : ChooseAmong(candidates, request);

    /// <summary>Chooses one of several. What it throws is a defect: the request is answered with 500.</summary>
    /// <param name="candidates">At least two. Must not be kept.</param>
    /// <param name="request">The request; null where there is none.</param>
    protected abstract ServiceInstance ChooseAmong(ReadOnlySpan<ServiceInstance> candidates, GatewayContext? request);
}
