using Gateway.Core.Backends;
using Gateway.Core.Context;

namespace Gateway.Core.LoadBalancing;

/// <summary>Each in turn.</summary>
internal sealed class RoundRobin : LoadBalancer
{
    private uint _next = uint.MaxValue;

    protected override ServiceInstance ChooseAmong(ReadOnlySpan<ServiceInstance> candidates, GatewayContext? request) =>
        candidates[(int)(Interlocked.Increment(ref _next) % (uint)candidates.Length)];
}
