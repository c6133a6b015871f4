using System.Globalization;

namespace Gateway.Benchmarks.Load;

/// <summary>What targets are set for.</summary>
/// <param name="P50">Median latency, in ms.</param>
/// <param name="P95">95th percentile, in ms.</param>
/// <param name="P99">99th percentile, in ms.</param>
/// <param name="Reached">The part of the asked rate that was sent in time.</param>
/// <param name="Errors">Requests with another outcome than the intended one.</param>
internal sealed record LoadFigures(double P50, double P95, double P99, double Reached, long Errors);

/// <summary>The specification's targets.</summary>
internal static class LoadTargets
{
    /// <summary>Each percentile with what it must stay below, in ms.</summary>
    public static IReadOnlyList<(double Percentile, double Milliseconds)> Latency { get; } = [(50, 10), (95, 50), (99, 100)];

    /// <summary>The part of the asked rate that must be reached.</summary>
    public const double LeastReached = 0.99;

    /// <summary>A sentence for each target that is missed; empty when all are met.</summary>
    public static IReadOnlyList<string> Missed(LoadFigures figures)
    {
        var missed = new List<string>();
        double[] found = [figures.P50, figures.P95, figures.P99];
        foreach (((double percentile, double most), double value) in Latency.Zip(found))
        {
            if (!(value < most))
            {
                missed.Add(Say($"p{percentile} is {value:N2} ms; the target is less than {most} ms"));
            }
        }

        if (figures.Reached < LeastReached)
        {
            missed.Add(Say($"{figures.Reached:P1} of the asked rate was reached; the target is {LeastReached:P0}"));
        }

        if (figures.Errors > 0)
        {
            missed.Add(Say($"{figures.Errors:N0} requests had an outcome that was not intended; the target is none"));
        }

        return missed;
    }

    private static string Say(FormattableString sentence) => sentence.ToString(CultureInfo.InvariantCulture);
}
