namespace Gateway.Host.Demo;

/// <summary>What a request shall suffer.</summary>
/// <param name="BreakOff">The connection is to be aborted without an answer.</param>
/// <param name="Latency">To be waited before the answer; zero for none.</param>
/// <param name="Fail">To be answered with 500.</param>
internal readonly record struct FaultEffect(bool BreakOff, TimeSpan Latency, bool Fail);

/// <summary>The knobs as they stand, for people.</summary>
/// <param name="DownForMs">Until requests are answered again, in milliseconds; 0 when they are.</param>
/// <param name="LatencyMs">Added to each answer, in milliseconds.</param>
/// <param name="LatencyForMs">How much longer, in milliseconds; null: until changed.</param>
/// <param name="ErrorPercent">Share of requests answered with 500.</param>
/// <param name="ErrorsForMs">How much longer, in milliseconds; null: until changed.</param>
internal sealed record FaultReport(long DownForMs, double LatencyMs, long? LatencyForMs, double ErrorPercent, long? ErrorsForMs);

/// <summary>
/// A demo service's switches for trouble. Each ends by itself when its time is over: nothing has to run for that, since the
/// end is compared when a request asks. Which requests fail under <c>errors</c> is a fixed sequence. Safe from any thread.
/// </summary>
internal sealed class FaultKnobs(TimeProvider clock)
{
    private const long Never = long.MaxValue;

    private readonly Lock _gate = new();
    private volatile Settings _settings = new(0, TimeSpan.Zero, 0, 0, 0);
    private int _asked;

    /// <summary>What the next request shall suffer.</summary>
    public FaultEffect Next()
    {
        Settings now = _settings;
        long timestamp = clock.GetTimestamp();
        if (timestamp < now.DownUntil)
        {
            return new FaultEffect(BreakOff: true, TimeSpan.Zero, Fail: false);
        }

        bool fail = timestamp < now.ErrorsUntil && Draw(Interlocked.Increment(ref _asked)) < now.ErrorPercent;
        return new FaultEffect(BreakOff: false, timestamp < now.LatencyUntil ? now.Latency : TimeSpan.Zero, fail);
    }

    /// <summary>Sets what the request names and leaves the rest.</summary>
    public void Turn(FaultRequest request)
    {
        lock (_gate)
        {
            Settings next = request.Clear ? new Settings(0, TimeSpan.Zero, 0, 0, 0) : _settings;
            if (request.Down is { } down)
            {
                next = next with { DownUntil = In(down) };
            }

            if (request.Latency is { } latency)
            {
                next = next with { Latency = latency, LatencyUntil = In(request.For) };
            }

            if (request.ErrorPercent is { } percent)
            {
                next = next with { ErrorPercent = percent, ErrorsUntil = In(request.For) };
                Volatile.Write(ref _asked, 0);
            }

            _settings = next;
        }
    }

    public FaultReport Report()
    {
        Settings now = _settings;
        long? latency = Left(now.LatencyUntil), errors = Left(now.ErrorsUntil);
        return new FaultReport(
            Left(now.DownUntil) ?? 0,
            latency == 0 ? 0 : now.Latency.TotalMilliseconds,
            latency,
            errors == 0 ? 0 : now.ErrorPercent,
            errors);
    }

    private long In(TimeSpan? time) =>
        time is { } span ? clock.GetTimestamp() + (long)(span.TotalSeconds * clock.TimestampFrequency) : Never;

    /// <summary>Whole milliseconds until then, rounded up; null for never.</summary>
    private long? Left(long until) =>
        until == Never ? null : (long)Math.Ceiling(Math.Max(0, until - clock.GetTimestamp()) * 1_000.0 / clock.TimestampFrequency);

    /// <summary>A number from 0 up to 100 for the n-th request: evenly spread, the same in every run.</summary>
    private static double Draw(int n) => (DemoBytes.Mix((ulong)n) >> 11) * (100.0 / (1UL << 53));

    /// <param name="DownUntil">Timestamp.</param>
    /// <param name="Latency">Added to each answer.</param>
    /// <param name="LatencyUntil">Timestamp.</param>
    /// <param name="ErrorPercent">0–100.</param>
    /// <param name="ErrorsUntil">Timestamp.</param>
    private sealed record Settings(long DownUntil, TimeSpan Latency, long LatencyUntil, double ErrorPercent, long ErrorsUntil);
}
