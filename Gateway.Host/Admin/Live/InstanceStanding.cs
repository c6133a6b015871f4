using System.Globalization;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;

namespace Gateway.Host.Admin.Live;

/// <summary>What an instance's state is called, and why it is so, in words for whoever must do something about it.</summary>
/// <param name="State">Of a closed list.</param>
/// <param name="Why">A sentence.</param>
internal readonly record struct InstanceStanding(string State, string Why)
{
    public const string Ok = "ok", Unknown = "unknown", Failing = "failing", Ejected = "ejected", CircuitOpen = "circuit_open",
        CircuitHalfOpen = "circuit_half_open", SlowStart = "slow_start", Draining = "draining", Down = "down";

    /// <summary>What weighs most is told.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="hasChecks">Whether anybody checks it.</param>
    public static InstanceStanding Of(ServiceInstance instance, bool hasChecks)
    {
        switch (instance)
        {
            case { Operator: OperatorState.Down }:
                return new(Down, $"an operator has taken it out{UnderWay(instance)}");
            case { Operator: OperatorState.Drain }:
                return new(Draining, $"an operator wants no new requests for it{UnderWay(instance)}");
            case { Health: { Status: HealthStatus.Unhealthy } health }:
                return new(Failing, $"its checks fail: {health.LastFailure ?? "the last one passed, more must"}");
            case { Ejection: { IsEjected: true } ejection }:
                return new(Ejected, $"requests to it kept failing; it gets some again in {Seconds(ejection.Remaining)}");
            case { Breaker: { State: CircuitState.Open } breaker }:
                return new(CircuitOpen, breaker.RetryAfter() is var left && left > TimeSpan.Zero
                    ? $"requests to it failed in a row; one tries it again in {Seconds(left)}" : "requests to it failed in a row; the next one tries it again");
            case { Breaker.State: CircuitState.HalfOpen }:
                return new(CircuitHalfOpen, "a few requests are trying whether it is back");
        }

        if (instance.Ejection.Held is var held && held > TimeSpan.Zero)
        {
            return new(Ejected, $"it has asked, by Retry-After, for a pause of another {Seconds(held)}");
        }

        if (instance.Share() is var share && share < 1)
        {
            return new(SlowStart, string.Create(CultureInfo.InvariantCulture, $"it has come back and gets {share * 100:0} % of its share"));
        }

        return !hasChecks ? new(Ok, "nothing speaks against it; it has no health check")
            : instance.Health.LastCheck is null ? new(Unknown, "it has not been checked yet")
            : instance.Health.LastFailure is { } failure ? new(Ok, $"it counts as healthy still; the last check failed: {failure}")
            : new(Ok, "it passes its checks");
    }

    private static string UnderWay(ServiceInstance instance) => instance.InFlight switch
    {
        0 => "; none is under way",
        1 => "; 1 is under way",
        int count => string.Create(CultureInfo.InvariantCulture, $"; {count} are under way"),
    };

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds):0} s");
}
