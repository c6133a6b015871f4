using System.Diagnostics.Metrics;
using App.Metrics;

namespace Gateway.Host.Telemetry;

/// <summary>
/// App.Metrics in the binary: a registry that the bridge feeds, and the reporters that a team adds. Compiled only with <c>-p:AppMetrics=true</c>.
/// All reporters report together, as often as the one with the shortest FlushInterval wants; without reporters the registry is kept up to date
/// all the same, every <see cref="Interval"/>.
/// </summary>
internal sealed partial class AppMetricsReports : IAsyncDisposable
{
    /// <summary>App.Metrics' own default.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly AppMetricsBridge _bridge;
    private readonly TimeSpan _interval;
    private readonly Task _reporting;

    /// <param name="metrics">The registry with its reporters.</param>
    /// <param name="meter">The pipeline's.</param>
    /// <param name="clock">Paces the reports.</param>
    public AppMetricsReports(IMetricsRoot metrics, Meter meter, TimeProvider clock)
    {
        (Metrics, _bridge) = (metrics, new AppMetricsBridge(metrics, meter));
        _interval = metrics.Reporters.Select(static reporter => reporter.FlushInterval).Where(static interval => interval > TimeSpan.Zero)
            .DefaultIfEmpty(Interval).Min();
        _reporting = ReportAsync(clock);
    }

    /// <summary>The registry.</summary>
    public IMetricsRoot Metrics { get; }

    /// <summary>Builds the registry, with the reporters that <see cref="AddReporters"/> adds.</summary>
    /// <param name="meter">The pipeline's.</param>
    /// <param name="clock">Paces the reports.</param>
    public static AppMetricsReports Start(Meter meter, TimeProvider clock)
    {
        IMetricsBuilder builder = App.Metrics.AppMetrics.CreateDefaultBuilder();
        AddReporters(builder);
        return new AppMetricsReports(builder.Build(), meter, clock);
    }

    /// <summary>Reports a last time, and ends. Reporters bound their own waiting.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reporting;
        await ReportOnceAsync();
        _bridge.Dispose();
        _stop.Dispose();
    }

    /// <summary>To be written by a team, in a file of its own beside this one: <c>builder.Report.ToInfluxDb(…)</c> and the like.</summary>
    static partial void AddReporters(IMetricsBuilder builder);

    private async Task ReportAsync(TimeProvider clock)
    {
        using var timer = new PeriodicTimer(_interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                await ReportOnceAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // It is being disposed.
        }
    }

    /// <summary>A reporter that fails is App.Metrics' business: its runner counts it and throws nothing.</summary>
    private Task ReportOnceAsync()
    {
        _bridge.Read();
        return Task.WhenAll(Metrics.ReportRunner.RunAllAsync());
    }
}
