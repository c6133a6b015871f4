using Gateway.Core.Backends;
using Gateway.Core.Context;

namespace Gateway.Core.LoadBalancing;

/// <summary>The less loaded of two different ones chosen at random: nearly as even as asking all, at the price of asking two, and
/// several gateways do not all run to the same instance. Equally loaded, the first drawn.</summary>
internal sealed class PowerOfTwoChoices : LoadBalancer
{
    protected override ServiceInstance ChooseAmong(ReadOnlySpan<ServiceInstance> candidates, GatewayContext? request)
    {
        int first = Random.Shared.Next(candidates.Length);
        int second = Random.Shared.Next(candidates.Length - 1);
        if (second >= first)
        {
            second++;
        }

        return candidates[second].InFlight < candidates[first].InFlight ? candidates[second] : candidates[first];
    }
}
