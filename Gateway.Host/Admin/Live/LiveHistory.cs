namespace Gateway.Host.Admin.Live;

/// <summary>The last five minutes of the whole gateway, a point a second, as the stream's first event tells them.</summary>
/// <param name="StepSeconds">Between two points.</param>
/// <param name="Points">The oldest first; each as <see cref="PointOf"/> has it.</param>
internal sealed record LiveHistory(int StepSeconds, IReadOnlyList<double?[]> Points)
{
    /// <summary>Points that are kept.</summary>
    internal const int Most = 300;

    /// <summary>Unix seconds, then requests a second, the share of errors, p50, p95 and p99 in milliseconds, requests under way, cores, bytes, refusals a second.</summary>
    public static double?[] PointOf(LiveSnapshot snapshot) =>
    [
        snapshot.At.ToUnixTimeSeconds(), snapshot.Now.Rps, snapshot.Now.ErrorShare, snapshot.Now.P50, snapshot.Now.P95, snapshot.Now.P99,
        snapshot.Now.InFlight, snapshot.Now.CpuCores, snapshot.Now.MemoryBytes, snapshot.Now.RefusedRps,
    ];
}
