using Gateway.Core.Backends;

namespace Gateway.Core.LoadBalancing;

/// <summary>Each in turn.</summary>
internal sealed class RoundRobin : LoadBalancer
{
    private uint _next = uint.MaxValue;

    protected override ServiceInstance ChooseAmong(ServiceInstance[] candidates) =>
        candidates[Interlocked.Increment(ref _next) % (uint)candidates.Length];
}
