using System.Globalization;
using System.Text;
using HdrHistogram;

namespace Gateway.Benchmarks.Load;

/// <summary>
/// Latency by percentile as an SVG: each step to the right has a tenth of the requests left above it, so that the tail, which users
/// meet, takes as much room as the middle. Both axes are logarithmic.
/// </summary>
internal static class LatencyCurve
{
    private const int Width = 860, Height = 340, Left = 64, Right = 20, Top = 16, Bottom = 40, PointsPerStep = 24, MostSteps = 6;

    private static readonly (double Step, string Name)[] Marks =
        [(0, "0 %"), (Step(50), "p50"), (1, "p90"), (Step(95), "p95"), (2, "p99"), (3, "p99.9"), (4, "p99.99"), (5, "p99.999"), (6, "p99.9999")];

    /// <param name="latencies">In µs.</param>
    /// <param name="targets">Percentiles with the ms that they must stay below.</param>
    public static string Svg(HistogramBase latencies, IEnumerable<(double Percentile, double Milliseconds)> targets)
    {
        double steps = Math.Clamp(Math.Log10(Math.Max(1, latencies.TotalCount)), 2, MostSteps);
        double[] values = [.. Points(steps).Select(step => Math.Max(1, latencies.GetValueAtPercentile(Percentile(step))) / 1e3)];
        double low = Math.Floor(Math.Log10(values[0])), high = Math.Max(Math.Ceiling(Math.Log10(values[^1])), 2);
        double X(double step) => Left + (step / steps * (Width - Left - Right));
        double Y(double milliseconds) => Top + ((high - Math.Log10(milliseconds)) / (high - low) * (Height - Top - Bottom));

        var svg = new StringBuilder();
        svg.Append(Text($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Latency by percentile\">"));
        for (double decade = low; decade <= high; decade++)
        {
            double value = Math.Pow(10, decade), y = Y(value);
            svg.Append(Text($"<path class=\"grid\" d=\"M{Left} {y:F1}H{Width - Right}\"/><text x=\"{Left - 6}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{value:0.###} ms</text>"));
        }

        foreach ((double step, string name) in Marks.Where(one => one.Step <= steps))
        {
            svg.Append(Text($"<path class=\"grid\" d=\"M{X(step):F1} {Top}V{Height - Bottom}\"/><text x=\"{X(step):F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{name}</text>"));
        }

        foreach ((double percentile, double milliseconds) in targets)
        {
            svg.Append(Text($"<path class=\"target\" d=\"M{X(Step(percentile)) - 22:F1} {Y(milliseconds):F1}h44\"><title>p{percentile} must stay below {milliseconds} ms</title></path>"));
        }

        IEnumerable<string> line = Points(steps).Zip(values, (step, value) => Text($"{X(step):F1} {Y(value):F1}"));
        svg.Append("<path class=\"curve\" d=\"M").AppendJoin('L', line).Append("\"/></svg>");
        return svg.ToString();
    }

    private static IEnumerable<double> Points(double steps)
    {
        int count = (int)(steps * PointsPerStep);
        return Enumerable.Range(0, count + 1).Select(i => i * steps / count);
    }

    private static double Percentile(double step) => 100 * (1 - Math.Pow(10, -step));

    private static double Step(double percentile) => -Math.Log10(1 - (percentile / 100));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
