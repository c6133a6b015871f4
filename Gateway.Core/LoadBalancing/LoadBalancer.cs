using Gateway.Core.Backends;

namespace Gateway.Core.LoadBalancing;

/// <summary>Which instance: one per service, safe from any thread, and without allocation. Health is not its business; it gets those in question.</summary>
internal abstract class LoadBalancer
{
    public static LoadBalancer For(LoadBalancingPolicy policy) => policy switch
    {
        LoadBalancingPolicy.RoundRobin => new RoundRobin(),
        LoadBalancingPolicy.WeightedRoundRobin => new WeightedRoundRobin(),
        LoadBalancingPolicy.LeastConnections => new LeastConnections(),
        LoadBalancingPolicy.PowerOfTwoChoices => new PowerOfTwoChoices(),
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "Every policy has a balancer."),
    };

    /// <summary>Chooses one of the candidates.</summary>
    /// <param name="candidates">At least one, in the service's order; may be others at each call. Not kept.</param>
    public ServiceInstance Choose(ServiceInstance[] candidates) =>
        candidates.Length == 1 ? candidates[0] : ChooseAmong(candidates);

    /// <param name="candidates">At least two.</param>
    protected abstract ServiceInstance ChooseAmong(ServiceInstance[] candidates);
}
