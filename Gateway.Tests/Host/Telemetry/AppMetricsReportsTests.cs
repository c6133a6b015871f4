using System.Threading.Channels;
using App.Metrics;
using App.Metrics.Filters;
using App.Metrics.Formatters;
using App.Metrics.Reporting;
using Gateway.Core.Errors;
using Gateway.Core.Telemetry;
using Gateway.Host.Telemetry;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Host.Telemetry;

/// <summary>Against the real App.Metrics 4.3.0. One bridge hears every pipeline of the process, also the broken ones of other tests.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class AppMetricsReportsTests : IDisposable
{
    private readonly GatewayMetrics _gateway = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly LoggedLines _log = new();

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public async Task Reporters_GetTheGatewaysFigures_AtTheirInterval_AndAtTheEnd()
    {
        var reporter = new Reporter { FlushInterval = TimeSpan.FromSeconds(2) };
        await using (var reports = new AppMetricsReports(new MetricsBuilder().Report.Using(reporter).Build(), _gateway.Meter, _log, _clock))
        {
            Finish();
            _clock.Advance(TimeSpan.FromSeconds(2));
            await reporter.NextAsync();
            reporter.Requests.Should().Equal(1);
            Finish();
            reports.Metrics.Reporters.Should().ContainSingle();
        }

        reporter.Requests.Should().Equal(1, 2);
    }

    [Fact]
    public async Task ReporterThatFails_EndsNothing()
    {
        var reporter = new Reporter { FlushInterval = TimeSpan.FromSeconds(2), Failure = new IOException("away") };
        Finish();
        await using (new AppMetricsReports(new MetricsBuilder().Report.Using(reporter).Build(), _gateway.Meter, _log, _clock))
        {
            _clock.Advance(TimeSpan.FromSeconds(2));
            await reporter.NextAsync();
            _clock.Advance(TimeSpan.FromSeconds(2));
            await reporter.NextAsync();
        }

        reporter.Requests.Should().Equal([1, 1, 1], "it was asked twice, and once more at the end");
    }

    [Fact]
    public async Task FigureThatCannotBeRead_IsToldOnce_AndEndsNothing()
    {
        var reporter = new Reporter { FlushInterval = TimeSpan.FromSeconds(2) };
        var asked = Channel.CreateUnbounded<bool>();
        bool isBroken = true;
        _gateway.Meter.CreateObservableGauge("gateway_broken", () => isBroken & asked.Writer.TryWrite(true) ? throw new InvalidOperationException("no figure") : 1);
        await using var reports = new AppMetricsReports(new MetricsBuilder().Report.Using(reporter).Build(), _gateway.Meter, _log, _clock);
        for (int i = 0; i < 2; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(2));
            await asked.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        }

        isBroken = false;
        _clock.Advance(TimeSpan.FromSeconds(2));
        await reporter.NextAsync();

        _log.Should().ContainSingle().Which.Should().StartWith("Warning: A report to App.Metrics was not made").And.Contain("no figure");
    }

    [Fact]
    public async Task ReporterThatHangs_IsGivenUp_AndNotAskedAgainMeanwhile()
    {
        var reporter = new Reporter { FlushInterval = TimeSpan.FromSeconds(2), Hangs = true };
        var reports = new AppMetricsReports(new MetricsBuilder().Report.Using(reporter).Build(), _gateway.Meter, _log, _clock);
        _clock.Advance(TimeSpan.FromSeconds(2));
        await reporter.NextAsync();
        await RealTime.PassAsync(_clock, () => _log.Any() && reporter.GivenUp.IsCancellationRequested, TimeSpan.FromSeconds(1));

        await reports.StopAsync(CancellationToken.None).WaitAsync(Patience);

        reporter.Requests.Should().ContainSingle("one report after the other");
        _log.Should().ContainSingle().Which.Should().Contain("a reporter does not come to an end");
    }

    [Fact]
    public async Task ReportUnderWayAtTheEnd_IsFollowedByTheLast()
    {
        var reporter = new Reporter { FlushInterval = TimeSpan.FromSeconds(2), Hangs = true };
        var reports = new AppMetricsReports(new MetricsBuilder().Report.Using(reporter).Build(), _gateway.Meter, _log, _clock);
        _clock.Advance(TimeSpan.FromSeconds(2));
        await reporter.NextAsync();
        Finish();

        Task stopping = reports.StopAsync(CancellationToken.None);
        reporter.ComeToTheEnd();
        await stopping.WaitAsync(Patience);

        reporter.Requests.Should().Equal([0, 1], "what came after the report under way is in the last one");
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task ReporterThatHangsAtTheEnd_HoldsNobodyUp(bool isUnderWay, bool isSecondSignal)
    {
        using var now = new CancellationTokenSource();
        var reporter = new Reporter { FlushInterval = TimeSpan.FromHours(1), Hangs = true };
        var reports = new AppMetricsReports(new MetricsBuilder().Report.Using(reporter).Build(), _gateway.Meter, _log, _clock);
        if (isUnderWay)
        {
            _clock.Advance(reporter.FlushInterval);
            await reporter.NextAsync();
        }

        Task stopping = reports.StopAsync(now.Token);
        if (!isUnderWay)
        {
            await reporter.NextAsync();
        }

        stopping.IsCompleted.Should().BeFalse();
        if (isSecondSignal)
        {
            await now.CancelAsync();
        }
        else
        {
            await RealTime.PassAsync(_clock, () => stopping.IsCompleted, AppMetricsReports.LongestReport);
        }

        await stopping.WaitAsync(Patience);
        reporter.Requests.Should().ContainSingle();
    }

    [Fact]
    public async Task Host_HasARegistryWithoutReporters_ThatIsFed()
    {
        await using AppMetricsReports reports = AppMetricsReports.Start(_gateway.Meter, _log, _clock);
        Finish();

        reports.Metrics.Reporters.Should().BeEmpty();
        reports.Metrics.Snapshot.GetForContext(AppMetricsBridge.Context).BucketTimers.Should().NotBeEmpty();
    }

    private static TimeSpan Patience => TimeSpan.FromSeconds(30);

    private void Finish() => _gateway.RequestFinished("products", "product", "GET", 200, GatewayError.None, 0.1, 50);

    private sealed class Reporter : IReportMetrics
    {
        private readonly List<long> _requests = [];
        private readonly Channel<bool> _flushed = Channel.CreateUnbounded<bool>();
        private readonly TaskCompletionSource<bool> _hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<long> Requests => _requests;

        public Exception? Failure { get; init; }

        public bool Hangs { get; init; }

        public CancellationToken GivenUp { get; private set; }

        public IFilterMetrics Filter { get; set; } = null!;

        public TimeSpan FlushInterval { get; set; }

        public IMetricsOutputFormatter Formatter { get; set; } = null!;

        public void ComeToTheEnd() => _hanging.SetResult(true);

        public async Task NextAsync() => await _flushed.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        public Task<bool> FlushAsync(MetricsDataValueSource metricsData, CancellationToken cancellationToken = default)
        {
            // Before the first request there is no such context.
            _requests.Add(metricsData.Contexts.Where(static context => context.Context == AppMetricsBridge.Context)
                .SelectMany(static context => context.Counters).Where(static counter => counter.Name.StartsWith("requests_total", StringComparison.Ordinal))
                .Sum(static counter => counter.Value.Count));
            GivenUp = cancellationToken;
            _flushed.Writer.TryWrite(true);
            return Hangs ? _hanging.Task : Failure is null ? Task.FromResult(true) : Task.FromException<bool>(Failure);
        }
    }
}
