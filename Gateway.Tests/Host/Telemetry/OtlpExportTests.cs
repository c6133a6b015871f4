using System.Diagnostics.Metrics;
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
}
