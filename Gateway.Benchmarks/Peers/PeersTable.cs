using System.Globalization;
using System.Text;

namespace Gateway.Benchmarks.Peers;

/// <summary>What one peer did in one round.</summary>
/// <param name="Name">The peer's.</param>
/// <param name="Microseconds">Processor time per request.</param>
/// <param name="PerSecond">Requests answered a second.</param>
/// <param name="P50">Median latency, in ms.</param>
/// <param name="P99">99th percentile, in ms.</param>
/// <param name="Megabytes">Resident memory.</param>
/// <param name="Problem">What went wrong; empty when nothing did.</param>
internal sealed record PeerRound(string Name, double Microseconds, double PerSecond, double P50, double P99, double Megabytes, string Problem);

/// <summary>Medians of the rounds as a Markdown table.</summary>
internal static class PeersTable
{
    public static string Markdown(IReadOnlyList<PeerRound> rounds)
    {
        var table = new StringBuilder();
        table.Append("| | CPU per request | the gateway's, as a ratio to it | requests/s | p50 | p99 | resident |\n|---|---|---|---|---|---|---|\n");
        double? ours = rounds.Any(static one => one.Name == PeerCast.Ours)
            ? Median(rounds.Where(static one => one.Name == PeerCast.Ours), static one => one.Microseconds)
            : null;
        foreach (IGrouping<string, PeerRound> peer in rounds.GroupBy(static one => one.Name))
        {
            double cost = Median(peer, static one => one.Microseconds);
            string ratio = peer.Key == PeerCast.Ours || ours is null ? "" : Text($"{ours / cost:N2}");
            table.Append(Text($"| {peer.Key} | {cost:N1} µs | {ratio} | {Median(peer, static one => one.PerSecond):N0} | {Median(peer, static one => one.P50):N2} ms | {Median(peer, static one => one.P99):N2} ms | {Median(peer, static one => one.Megabytes):N0} MB |\n"));
        }

        foreach (PeerRound bad in rounds.Where(static one => one.Problem.Length > 0))
        {
            table.Append(Text($"\n{bad.Name}: {bad.Problem}\n"));
        }

        return table.ToString();
    }

    private static double Median(IEnumerable<PeerRound> rounds, Func<PeerRound, double> figure) => Median(rounds.Select(figure));

    public static double Median(IEnumerable<double> figures)
    {
        double[] sorted = [.. figures.Order()];
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
