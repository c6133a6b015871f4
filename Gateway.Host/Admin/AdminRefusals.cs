namespace Gateway.Host.Admin;

/// <summary>
/// Tells the log of requests that the admin port refused because of who asks: a wrong token, a page of another origin, a name that is not its own.
/// One line a second at the most; what was refused meanwhile is counted in the next. Nothing of what was sent is told. Safe from any thread.
/// </summary>
/// <param name="log">Gets the lines.</param>
/// <param name="clock">For the second.</param>
internal sealed partial class AdminRefusals(ILogger log, TimeProvider clock)
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();

    /// <summary>Timestamp of the last line; null before the first.</summary>
    private long? _toldAt;
    private long _untold;

    /// <summary>One was refused.</summary>
    /// <param name="problem">What its answer says.</param>
    /// <param name="peer">Who asked; null when that is not known.</param>
    public void Tell(AdminProblem problem, string? peer)
    {
        long untold;
        lock (_gate)
        {
            long now = clock.GetTimestamp();
            if (_toldAt is { } before && clock.GetElapsedTime(before, now) < Interval)
            {
                _untold++;
                return;
            }

            (untold, _untold, _toldAt) = (_untold, 0, now);
        }

        LogRefusal(log, problem.Status, peer, problem.Detail, untold);
    }

    [LoggerMessage(313, LogLevel.Warning, "The admin port refused a request with {Status}, asked from {Peer:l}: {Why:l} (refused since the last such line: {Untold} more)")]
    private static partial void LogRefusal(ILogger logger, int status, string? peer, string why, long untold);
}
