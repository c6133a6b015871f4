namespace Gateway.Core.Backends;

/// <summary>One service whose instances a source follows, from its making to its end. The source is run again when it fails, after pauses that grow
/// until it has said something. Safe from any thread.</summary>
internal sealed class FollowedService : IAsyncDisposable
{
    /// <summary>Pause after a failure: a random part of the first, which doubles up to the longest, so that gateways do not come back in step.</summary>
    internal static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>The least of a pause, so that chance makes no busy loop.</summary>
    internal static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly InstanceSource _source;
    private readonly DiscoveryOptions _discovery;
    private readonly TimeProvider _clock;
    private readonly Task _running;

    /// <param name="feed">The service's.</param>
    /// <param name="source">Of the kind that the discovery names.</param>
    /// <param name="discovery">Valid ones.</param>
    /// <param name="clock">For pauses.</param>
    public FollowedService(InstanceFeed feed, InstanceSource source, DiscoveryOptions discovery, TimeProvider clock)
    {
        (Feed, _source, _discovery, _clock) = (feed, source, discovery, clock);
        using AsyncFlowControl? alone = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        _running = Task.Run(() => RunAgainAndAgainAsync(_stop.Token));
    }

    public InstanceFeed Feed { get; }

    /// <summary>Ends the source.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    /// <summary>The pause after so many failures in a row.</summary>
    /// <param name="failures">1 for the first.</param>
    /// <param name="chance">0 up to 1.</param>
    internal static TimeSpan PauseAfter(int failures, double chance)
    {
        TimeSpan most = FirstPause * Math.Pow(2, Math.Min(failures, 10) - 1);
        TimeSpan pause = (most < LongestPause ? most : LongestPause) * chance;
        return pause > LeastPause ? pause : LeastPause;
    }

    private async Task RunAgainAndAgainAsync(CancellationToken stop)
    {
        int failures = 0;
        do
        {
            long answers = Feed.Answers;
            string failure = await RunAsync(stop);
            if (stop.IsCancellationRequested)
            {
                return;
            }

            failures = Feed.Answers == answers ? failures + 1 : 1;
            Feed.ReportFailure(failure);
        }
        while (await Pace.WaitAsync(PauseAfter(failures, Random.Shared.NextDouble()), _clock, stop));
    }

    /// <summary>Runs the source until it ends; returns why.</summary>
    private async Task<string> RunAsync(CancellationToken stop)
    {
        try
        {
            // One that does not hear that it is to stop is left to itself.
            await _source(_discovery, Feed, stop).WaitAsync(stop);
            return "the source has ended";
        }
        catch (Exception failure)
        {
            // The source is foreign: whatever went wrong, what it found stays, and it gets another chance.
            return failure.Message;
        }
    }
}
