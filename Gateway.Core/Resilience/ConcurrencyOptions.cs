using Gateway.Core.Errors;

namespace Gateway.Core.Resilience;

/// <summary>
/// How many attempts an instance gets at a time. What is beyond goes to another instance, or is refused at once with 503 <c>overloaded</c>: a
/// queue would only make all of them late. WebSockets, event streams and gRPC calls count until they are under way.
/// </summary>
public sealed record ConcurrencyOptions
{
    internal const int Most = 1_000_000;
    internal static readonly TimeSpan MaxSlack = TimeSpan.FromHours(1);

    /// <summary>Attempts at a time at each instance, at the most. Count, 1–1,000,000; default 10,000.</summary>
    public int MaxPerInstance { get; init; } = 10_000;

    /// <summary>Whether the limit falls below <see cref="MaxPerInstance"/> while an instance answers so much later than it can that work must be
    /// waiting there, and rises again when it does not. Default true.</summary>
    public bool Adaptive { get; init; } = true;

    /// <summary>The adaptive limit never falls below this. 1–1,000,000; default 16; <see cref="MaxPerInstance"/> where that is less.</summary>
    public int MinPerInstance { get; init; } = 16;

    /// <summary>How much later than usual an instance may answer before the limit falls: by this, or by as long again as usual if that is
    /// more. 1 ms – 1 h; default 100 ms.</summary>
    public TimeSpan LatencySlack { get; init; } = TimeSpan.FromMilliseconds(100);

    internal void Validate(string at, OptionErrors errors)
    {
        errors.Range($"{at}:{nameof(MaxPerInstance)}", MaxPerInstance, 1, Most);
        errors.Range($"{at}:{nameof(MinPerInstance)}", MinPerInstance, 1, Most);
        errors.Range($"{at}:{nameof(LatencySlack)}", LatencySlack, TimeSpan.FromMilliseconds(1), MaxSlack);
    }
}
