using System.Globalization;

namespace Gateway.Benchmarks.Load;

/// <summary>How a request ended: an HTTP status, or one of two numbers below them.</summary>
internal static class Outcome
{
    /// <summary>The connection could not be opened, broke, or carried no HTTP.</summary>
    public const int BrokeOff = 0;

    /// <summary>No answer in time.</summary>
    public const int TimedOut = 1;

    /// <summary>One more than the largest.</summary>
    public const int Count = 1_000;

    public static string Name(int outcome) => outcome switch
    {
        BrokeOff => "connection broke",
        TimedOut => "timed out",
        _ => outcome.ToString(CultureInfo.InvariantCulture),
    };
}
