using System.Diagnostics.Metrics;
using App.Metrics;

namespace Gateway.Host.Telemetry;

/// <summary>
/// App.Metrics in the binary: a registry that the bridge feeds, and the reporters that a team adds. Compiled only with <c>-p:AppMetrics=true</c>.
/// All reporters report together, as often as the one with the shortest FlushInterval wants; without reporters the registry is kept up to date
/// all the same, every <see cref="Interval"/>. A report that fails or hangs is told in the log once, and ends nothing.
/// </summary>
internal sealed partial class AppMetricsReports : IAsyncDisposable
{
    /// <summary>App.Metrics' own default.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>How long a report is waited for; then its reporters are asked to give up. As long as traces have at the end.</summary>
    internal static readonly TimeSpan LongestReport = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly AppMetricsBridge _bridge;
    private readonly TimeSpan _interval;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly Task _reporting;
    private Task _report = Task.CompletedTask;
    private bool _isGivenUp;
    private Task? _ending;
    private bool _isFailing;

    /// <param name="metrics">The registry with its reporters.</param>
    /// <param name="meter">The pipeline's.</param>
    /// <param name="log">Told of reports that were not made.</param>
    /// <param name="clock">Paces the reports.</param>
    public AppMetricsReports(IMetricsRoot metrics, Meter meter, ILogger log, TimeProvider clock)
    {
        (Metrics, _bridge, _log, _clock) = (metrics, new AppMetricsBridge(metrics, meter), log, clock);
        _interval = metrics.Reporters.Select(static reporter => reporter.FlushInterval).Where(static interval => interval > TimeSpan.Zero)
            .DefaultIfEmpty(Interval).Min();
        _reporting = ReportAsync();
    }

    /// <summary>The registry.</summary>
    public IMetricsRoot Metrics { get; }

    /// <summary>Builds the registry, with the reporters that <see cref="AddReporters"/> adds.</summary>
    /// <param name="meter">The pipeline's.</param>
    /// <param name="log">Told of reports that were not made.</param>
    /// <param name="clock">Paces the reports.</param>
    public static AppMetricsReports Start(Meter meter, ILogger log, TimeProvider clock)
    {
        IMetricsBuilder builder = App.Metrics.AppMetrics.CreateDefaultBuilder();
        AddReporters(builder);
        return new AppMetricsReports(builder.Build(), meter, log, clock);
    }

    /// <summary>Lets a report under way come to its end, reports a last time, and ends; after <see cref="LongestReport"/> in any case.</summary>
    /// <param name="now">Leaves at once: what has not been reported is lost.</param>
    public async Task StopAsync(CancellationToken now)
    {
        _ending ??= EndAsync(now);
        await _ending;
    }

    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None);

    /// <summary>To be written by a team, in a file of its own beside this one: <c>builder.Report.ToInfluxDb(…)</c> and the like.</summary>
    static partial void AddReporters(IMetricsBuilder builder);

    private async Task EndAsync(CancellationToken now)
    {
        // The report under way and the last one share the limit. One that has been given up is not waited for again, nor followed by another.
        long start = _clock.GetTimestamp();
        await _stop.CancelAsync();
        await _reporting;
        await WaitForReportAsync(now);
        TimeSpan rest = LongestReport - _clock.GetElapsedTime(start);
        if (rest > TimeSpan.Zero)
        {
            await ReportOnceAsync(rest, now);
        }

        _bridge.Dispose();
        _stop.Dispose();
    }

    private async Task ReportAsync()
    {
        using var timer = new PeriodicTimer(_interval, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await ReportOnceAsync(LongestReport, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // It is being stopped.
        }
    }

    /// <summary>Waits for what the loop no longer waits for.</summary>
    private async Task WaitForReportAsync(CancellationToken cut)
    {
        if (_isGivenUp)
        {
            return;
        }

        try
        {
            await _report.WaitAsync(LongestReport, _clock, cut);
        }
        catch (Exception failure)
        {
            Tell(failure, cut);
        }
    }

    /// <summary>Never throws. A reporter that fails is App.Metrics' business, whose runner counts it; what is left is the reading and the waiting.</summary>
    private async Task ReportOnceAsync(TimeSpan limit, CancellationToken cut)
    {
        if (!_report.IsCompleted)
        {
            return;
        }

        // It goes when the reporters have.
        var giveUp = new CancellationTokenSource(limit, _clock);
        _isGivenUp = false;
        try
        {
            _bridge.Read();
            _report = Task.WhenAll(Metrics.ReportRunner.RunAllAsync(giveUp.Token));
            await _report.WaitAsync(limit, _clock, cut);
            _isFailing = false;
        }
        catch (Exception failure)
        {
            _isGivenUp = failure is TimeoutException;
            Tell(failure, cut);
        }
        finally
        {
            _ = _report.ContinueWith(static (_, state) => ((CancellationTokenSource)state!).Dispose(), giveUp, TaskScheduler.Default);
        }
    }

    private void Tell(Exception failure, CancellationToken cut)
    {
        if (!_isFailing && !cut.IsCancellationRequested)
        {
            _isFailing = true;
            TelemetryLog.NotReported(_log, failure is TimeoutException ? "a reporter does not come to an end" : failure.Message);
        }
    }
}
