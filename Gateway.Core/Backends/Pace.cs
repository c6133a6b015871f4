namespace Gateway.Core.Backends;

/// <summary>How what is done again and again in the background keeps its time.</summary>
internal static class Pace
{
    /// <summary>Share of an interval by which the next turn comes earlier or later, so that a fleet of gateways does not act in step.</summary>
    public const double Jitter = 0.1;

    /// <summary>The interval, but for the jitter.</summary>
    public static TimeSpan Around(TimeSpan interval) => interval * (1 - Jitter + (2 * Jitter * Random.Shared.NextDouble()));

    /// <summary>Waits. False when it is to stop.</summary>
    public static async Task<bool> WaitAsync(TimeSpan wait, TimeProvider clock, CancellationToken stop)
    {
        await Task.Delay(wait, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stop.IsCancellationRequested;
    }
}
