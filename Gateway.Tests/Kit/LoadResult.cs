using System.Globalization;

namespace Gateway.Tests.Kit;

/// <summary>How a <see cref="OpenLoad"/> went: all of it, or the part that was asked for.</summary>
/// <param name="StartedAt">Timestamp of the system's clock.</param>
/// <param name="Shots">In the order in which they were due.</param>
internal sealed record LoadResult(long StartedAt, IReadOnlyList<Shot> Shots)
{
    public int Total => Shots.Count;

    public int Good => Shots.Count(static shot => shot.IsGood);

    public int Failed => Total - Good;

    public double FailedShare => Total == 0 ? 0 : (double)Failed / Total;

    /// <summary>How often each outcome came, the most frequent first.</summary>
    public string Outcomes => string.Join(", ", Shots.GroupBy(static shot => shot.Outcome).OrderByDescending(static group => group.Count())
        .Select(static group => $"{group.Count()} x {group.Key}"));

    /// <summary>Outcomes by the second in which requests were due.</summary>
    public string BySecond => string.Join(" | ", Shots.GroupBy(static shot => (int)shot.DueAt.TotalSeconds)
        .Select(group => $"{group.Key} s: {(this with { Shots = [.. group] }).Outcomes}"));

    /// <summary>Number, failures and latencies in one line.</summary>
    public string Figures => string.Create(CultureInfo.InvariantCulture,
        $"{Total} requests, {Failed} not good ({FailedShare:P2}), p50 {Milliseconds(0.5)}, p99 {Milliseconds(0.99)}, max {Milliseconds(1)}");

    public LoadResult Where(Func<Shot, bool> wanted) => this with { Shots = [.. Shots.Where(wanted)] };

    /// <summary>What was due from one time on and before another.</summary>
    public LoadResult Between(TimeSpan from, TimeSpan until) => Where(shot => shot.DueAt >= from && shot.DueAt < until);

    public LoadResult From(TimeSpan from) => Between(from, TimeSpan.MaxValue);

    /// <summary>The latency that this share of the requests does not exceed.</summary>
    public TimeSpan Latency(double share)
    {
        TimeSpan[] sorted = [.. Shots.Select(static shot => shot.Latency).Order()];
        return sorted.Length == 0 ? TimeSpan.Zero : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }

    /// <summary>The most requests that were under way at the same time.</summary>
    public int MostAtOnce()
    {
        int now = 0, most = 0;
        foreach ((TimeSpan _, int step) in Shots.Select(static shot => (shot.DueAt, 1)).Concat(Shots.Select(static shot => (shot.EndedAt, -1)))
            .OrderBy(static change => change.Item1))
        {
            now += step;
            most = Math.Max(most, now);
        }

        return most;
    }

    /// <summary>When an instance's requests came, since the load's start.</summary>
    public IEnumerable<TimeSpan> Times(WitnessInstance instance) =>
        instance.Arrivals.Select(arrival => TimeProvider.System.GetElapsedTime(StartedAt, arrival.At));

    private string Milliseconds(double share) => string.Create(CultureInfo.InvariantCulture, $"{Latency(share).TotalMilliseconds:0.0} ms");
}
