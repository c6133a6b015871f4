using Gateway.Core.Backends;
using Gateway.Core.Context;

namespace Gateway.Core.LoadBalancing;

/// <summary>
/// Each in turn by weight, interleaved: nginx's smooth algorithm. At every choice each candidate gains its weight, and the one that then
/// has most is chosen and pays the sum of all; with weights 5, 1, 1 that is a a b a c a a, not a a a a a b c.
/// </summary>
internal sealed class WeightedRoundRobin : LoadBalancer
{
    private readonly Lock _gate = new();

    /// <summary>What each instance has gained, by its Index. One that is away keeps its sum, which the sum of all weights bounds.</summary>
    private long[] _gained = [];

    protected override ServiceInstance ChooseAmong(ReadOnlySpan<ServiceInstance> candidates, GatewayContext? request)
    {
        // One choice sees all sums: a lock of 10 ns for two instances, about a microsecond for a thousand.
        lock (_gate)
        {
            return ChooseLocked(candidates);
        }
    }

    private ServiceInstance ChooseLocked(ReadOnlySpan<ServiceInstance> candidates)
    {
        ServiceInstance? best = null;
        long total = 0;
        foreach (ServiceInstance candidate in candidates)
        {
            if (candidate.Index >= _gained.Length)
            {
                Array.Resize(ref _gained, candidate.Index + 1);
            }

            total += candidate.Weight;
            long gained = _gained[candidate.Index] += candidate.Weight;
            if (best is null || gained > _gained[best.Index])
            {
                best = candidate;
            }
        }

        _gained[best!.Index] -= total;
        return best;
    }
}
