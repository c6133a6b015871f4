using Gateway.Core.Errors;

namespace Gateway.Core.Reception;

/// <summary>
/// How many requests the gateway works on at a time. What is beyond is refused at once with 503 <c>overloaded</c>, but for the health endpoints.
/// WebSockets, event streams and gRPC calls count until they are under way.
/// </summary>
public sealed record OverloadOptions
{
    internal const int Most = 1_000_000;
    internal static readonly TimeSpan MinDelay = TimeSpan.FromMilliseconds(5), MaxDelay = TimeSpan.FromMinutes(1);

    /// <summary>Requests at a time, at the most. Count, 1–1,000,000. Null (default): one for each 64 KiB of the memory that the process may use,
    /// 1,000 at the least and 100,000 at the most.</summary>
    public int? MaxRequests { get; init; }

    /// <summary>The limit falls below <see cref="MaxRequests"/> while everything in this process waits for longer than this before it is worked
    /// on, and rises again when it does not. 5 ms – 1 min; default 100 ms, the latency that the system's specification allows to 99 of 100
    /// requests. Null: it never falls.</summary>
    public TimeSpan? TargetDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    internal void Validate(string at, OptionErrors errors)
    {
        if (MaxRequests is { } most)
        {
            errors.Range($"{at}:{nameof(MaxRequests)}", most, 1, Most);
        }

        if (TargetDelay is { } delay)
        {
            errors.Range($"{at}:{nameof(TargetDelay)}", delay, MinDelay, MaxDelay);
        }
    }
}
