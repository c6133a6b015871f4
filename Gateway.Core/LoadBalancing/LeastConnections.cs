using Gateway.Core.Backends;
using Gateway.Core.Context;

namespace Gateway.Core.LoadBalancing;

/// <summary>The one with the fewest requests in flight for its weight. Those equally loaded take turns: else the first would get every
/// request of a service that is not busy.</summary>
internal sealed class LeastConnections : LoadBalancer
{
    private uint _turn = uint.MaxValue;

    protected override ServiceInstance ChooseAmong(ReadOnlySpan<ServiceInstance> candidates, GatewayContext? request)
    {
        ServiceInstance best = candidates[0];
        int inFlight = best.InFlight;
        uint ties = 1;
        for (int i = 1; i < candidates.Length; i++)
        {
            int theirs = candidates[i].InFlight;
            long difference = Compare(theirs, candidates[i].Weight, inFlight, best.Weight);
            if (difference < 0)
            {
                (best, inFlight, ties) = (candidates[i], theirs, 1);
            }
            else if (difference == 0)
            {
                ties++;
            }
        }

        return ties == 1 ? best : InTurn(candidates, best, inFlight, Interlocked.Increment(ref _turn) % ties);
    }

    /// <summary>The one that stands at <paramref name="skip"/> among those loaded like <paramref name="best"/>, which stands in for it
    /// when the load has changed meanwhile.</summary>
    private static ServiceInstance InTurn(ReadOnlySpan<ServiceInstance> candidates, ServiceInstance best, int inFlight, uint skip)
    {
        foreach (ServiceInstance candidate in candidates)
        {
            if (Compare(candidate.InFlight, candidate.Weight, inFlight, best.Weight) == 0 && skip-- == 0)
            {
                return candidate;
            }
        }

        return best;
    }

    /// <summary>Below zero when load a for weight a is less than load b for weight b: cross-multiplied, since division would round.</summary>
    private static long Compare(int loadA, int weightA, int loadB, int weightB) => ((long)loadA * weightB) - ((long)loadB * weightA);
}
