using System.Diagnostics.Metrics;
using Gateway.Core.Telemetry;
using Gateway.Host.Telemetry;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Telemetry;

/// <summary>Alone, since it listens to the spans of every gateway in the process.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class OtlpExportTests : IDisposable
{
    private readonly Meter _meter = new("Gateway");

    public void Dispose() => _meter.Dispose();

    [Fact]
    public void WithoutAReceiver_ThereIsNone() => OtlpExport.Start(new TelemetryOptions(), _meter, 10, new LoggedLines()).Should().BeNull();

    [Theory]
    [InlineData(OtlpProtocol.Grpc)]
    [InlineData(OtlpProtocol.HttpProtobuf)]
    internal async Task Metrics_AreSentWhenWanted(OtlpProtocol protocol)
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        _meter.CreateCounter<int>("gateway_something_total").Add(1);
        OtlpExport export = OtlpExport.Start(
            receiver.Options(protocol) with { Metrics = new OtlpMetricOptions { Enabled = true } }, _meter, 10, new LoggedLines())!;

        // What there is goes at the end, whatever the interval.
        _meter.CreateCounter<int>("gateway_other_total").Add(1);
        await export.DisposeAsync();

        receiver.Metrics.Should().Contain("gateway_other_total");
        receiver.Keys.Should().OnlyContain(static key => key == "a=1, b%20");
    }

    /// <summary>One after the other, the first would have been given up before the second came.</summary>
    [Fact]
    public async Task TracesAndMetrics_AreSentAtTheEndAtTheSameTime()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        var gate = new TaskCompletionSource();
        receiver.Gate = gate.Task;
        OtlpExport export = Start(receiver, TimeSpan.FromSeconds(4));

        Task stopping = export.StopAsync(CancellationToken.None);
        await Eventually.BecomesAsync(() => Task.FromResult(receiver.Batches), static batches => batches == 2);
        gate.SetResult();
        await stopping;

        receiver.Spans.Should().ContainSingle();
        receiver.Metrics.Should().Contain("gateway_other_total");
    }

    [Fact]
    public async Task SecondSignal_LeavesWhatHangs()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        receiver.Gate = new TaskCompletionSource().Task;
        OtlpExport export = Start(receiver, TimeSpan.FromMinutes(1));
        using var now = new CancellationTokenSource();

        Task stopping = export.StopAsync(now.Token);
        await Eventually.BecomesAsync(() => Task.FromResult(receiver.Batches), static batches => batches == 2);
        export.Ended.IsCompleted.Should().BeFalse();
        await now.CancelAsync();

        await stopping;
    }

    [Fact]
    public async Task MetricsThatAreNotTaken_AreToldOnce()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        receiver.Takes = false;
        var log = new LoggedLines();
        OtlpExport export = OtlpExport.Start(
            receiver.Options(OtlpProtocol.HttpProtobuf) with { Metrics = new OtlpMetricOptions { Enabled = true } }, _meter, 10, log)!;
        _meter.CreateCounter<int>("gateway_other_total").Add(1);
        await export.DisposeAsync();

        log.Should().ContainSingle().Which.Should().StartWith("Warning: Metrics cannot be sent to http://127.0.0.1:").And.Contain("it answers 503");
    }

    /// <summary>One with a span and a figure that wait.</summary>
    private OtlpExport Start(OtlpReceiver receiver, TimeSpan timeout)
    {
        TelemetryOptions options = receiver.Options(OtlpProtocol.HttpProtobuf);
        OtlpExport export = OtlpExport.Start(
            options with
            {
                Otlp = options.Otlp with { Timeout = timeout },
                Traces = new SpanOptions { Interval = TimeSpan.FromMinutes(1) },
                Metrics = new OtlpMetricOptions { Enabled = true },
            },
            _meter, 10, new LoggedLines())!;
        _meter.CreateCounter<int>("gateway_other_total").Add(1);
        using var traces = new GatewayTraces();
        traces.Begin(new ArrivedRequest("GET", "/", "http", "HTTP/1.1", "192.0.2.1", null, "c"), default)!.End(null, null, null, 200, null);
        return export;
    }
}
