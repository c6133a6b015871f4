using Gateway.Benchmarks.Scenarios;
using HdrHistogram;

namespace Gateway.Benchmarks.Load;

/// <summary>What one scenario's run gave.</summary>
/// <param name="Scenario">What was sent.</param>
/// <param name="Rate">Requests a second that were asked for.</param>
/// <param name="Duration">How long they arrived.</param>
/// <param name="Recorder">What became of them.</param>
/// <param name="Reached">The part of the intended arrivals that was sent in the time.</param>
/// <param name="Cost">What the run cost gateway and client; what it cost a gateway that runs elsewhere is not known.</param>
/// <param name="Course">One entry for each second.</param>
internal sealed record LoadResult(
    LoadScenario Scenario, double Rate, TimeSpan Duration, LoadRecorder Recorder, double Reached, LoadCost Cost, IReadOnlyList<LoadSecond> Course)
{
    private HistogramBase? _all;

    /// <summary>All latencies, in µs.</summary>
    public HistogramBase Latencies => _all ??= Recorder.All();

    /// <summary>Requests answered, a second.</summary>
    public double PerSecond => Recorder.Ended / Duration.TotalSeconds;

    /// <summary>A sentence for each target that is missed.</summary>
    public IReadOnlyList<string> Missed =>
        LoadTargets.Missed(new LoadFigures(Milliseconds(50), Milliseconds(95), Milliseconds(99), Reached, Recorder.Wrong));

    /// <summary>Requests whose turn did not come in the time; the time they had waited counts as their latency.</summary>
    public long Unsent => Latencies.TotalCount - Recorder.Ended;

    /// <summary>The latency at a percentile (0–100), in ms.</summary>
    public double Milliseconds(double percentile) => Latencies.GetValueAtPercentile(percentile) / 1e3;
}

/// <summary>What a run cost.</summary>
/// <param name="Gateway">Processor time of the gateway; null when it is not ours.</param>
/// <param name="GatewayResident">Its resident memory at the end, in bytes; null when it is not ours.</param>
/// <param name="Client">Processor time of this program.</param>
internal sealed record LoadCost(TimeSpan? Gateway, long? GatewayResident, TimeSpan Client);

/// <summary>One second of a run.</summary>
/// <param name="Answered">Requests that ended in it.</param>
/// <param name="P50">Their median latency, in ms.</param>
/// <param name="P99">Their 99th percentile, in ms.</param>
internal sealed record LoadSecond(long Answered, double P50, double P99);
