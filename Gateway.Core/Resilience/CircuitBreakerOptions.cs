using Gateway.Core.Errors;

namespace Gateway.Core.Resilience;

/// <summary>When an instance that keeps failing is left alone, and how it is tried again. One breaker per instance.</summary>
public sealed record CircuitBreakerOptions
{
    internal const int MinThreshold = 1, MaxThreshold = 10_000;
    internal const int MinProbes = 1, MaxProbes = 1_000;
    internal static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(10), MaxTimeout = TimeSpan.FromHours(1);

    /// <summary>Failures in a row that open the circuit. Count, 1–10,000; default 5, as Envoy's consecutive_5xx.
    /// HTTP 5xx, connect failures, resets and timeouts count; clients that leave do not.</summary>
    public int FailureThreshold { get; init; } = 5;

    /// <summary>How long an open circuit refuses before it lets probes through. 10 ms – 1 h; default 30 s, as Envoy's base ejection time.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests let through at once while half-open; that many successes close the circuit, one failure reopens it.
    /// Count, 1–1,000; default 1.</summary>
    public int HalfOpenRequests { get; init; } = 1;

    internal void Validate(string at, OptionErrors errors)
    {
        errors.Range($"{at}:{nameof(FailureThreshold)}", FailureThreshold, MinThreshold, MaxThreshold);
        errors.Range($"{at}:{nameof(Timeout)}", Timeout, MinTimeout, MaxTimeout);
        errors.Range($"{at}:{nameof(HalfOpenRequests)}", HalfOpenRequests, MinProbes, MaxProbes);
    }
}
