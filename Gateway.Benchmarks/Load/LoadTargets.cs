using System.Globalization;

namespace Gateway.Benchmarks.Load;

/// <summary>The specification's targets.</summary>
internal static class LoadTargets
{
    /// <summary>Each percentile with what it must stay below, in ms.</summary>
    public static IReadOnlyList<(double Percentile, double Milliseconds)> Latency { get; } = [(50, 10), (95, 50), (99, 100)];

    /// <summary>The part of the asked rate that must be reached.</summary>
    public const double LeastReached = 0.99;

    /// <summary>A sentence for each target that is missed; empty when all are met.</summary>
    public static IReadOnlyList<string> Missed(LoadResult result)
    {
        var missed = new List<string>();
        foreach ((double percentile, double most) in Latency)
        {
            double found = result.Milliseconds(percentile);
            if (!(found < most))
            {
                missed.Add(Say($"p{percentile} is {found:N2} ms; the target is less than {most} ms"));
            }
        }

        if (result.Reached < LeastReached)
        {
            missed.Add(Say($"{result.Reached:P1} of the asked rate was reached; the target is {LeastReached:P0}"));
        }

        if (result.Errors > 0)
        {
            missed.Add(Say($"{result.Errors:N0} requests had an outcome that was not intended; the target is none"));
        }

        return missed;
    }

    private static string Say(FormattableString sentence) => sentence.ToString(CultureInfo.InvariantCulture);
}
