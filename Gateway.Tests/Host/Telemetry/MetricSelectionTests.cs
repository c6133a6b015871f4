using System.Diagnostics.Metrics;
using Gateway.Host.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Gateway.Tests.Host.Telemetry;

public sealed class MetricSelectionTests
{
    [Fact]
    public void Meters_AreThePipelinesAndThoseInItsScope_NotThoseOfTheSameName()
    {
        using var meter = new Meter("Gateway");
        using var scoped = new Meter(new MeterOptions("Gateway") { Scope = meter });
        using var stranger = new Meter("Gateway");
        var reader = new Names();
        using MeterProvider provider = Sdk.CreateMeterProviderBuilder().AddGateway(meter, 2_000).AddReader(new BaseExportingMetricReader(reader)).Build();
        meter.CreateCounter<int>("own").Add(1);
        scoped.CreateCounter<int>("scoped").Add(1);
        stranger.CreateCounter<int>("stranger").Add(1);

        provider.ForceFlush();

        reader.Seen.Should().BeEquivalentTo("own", "scoped");
    }

    private sealed class Names : BaseExporter<Metric>
    {
        public List<string> Seen { get; } = [];

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (Metric metric in batch)
            {
                Seen.Add(metric.Name);
            }

            return ExportResult.Success;
        }
    }
}
