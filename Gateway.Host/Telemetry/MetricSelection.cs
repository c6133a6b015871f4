using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;

namespace Gateway.Host.Telemetry;

/// <summary>Which instruments exporters show: those of one pipeline.</summary>
internal static class MetricSelection
{
    /// <param name="metrics">Gets the meter.</param>
    /// <param name="meter">The pipeline's; those that have it as their scope are shown as well.</param>
    /// <param name="seriesOfRequests">Series that gateway_requests_total may have; beyond its default of 2,000 an exporter would sum up.</param>
    public static MeterProviderBuilder AddGateway(this MeterProviderBuilder metrics, Meter meter, int seriesOfRequests) => metrics
        .AddMeter(meter.Name)

        // A process may hold several pipelines, as tests do: by name alone each would show the others' figures.
        .AddView(instrument => !ReferenceEquals(instrument.Meter.Scope ?? instrument.Meter, meter) ? MetricStreamConfiguration.Drop
            : instrument.Name == "gateway_requests_total" ? new MetricStreamConfiguration { CardinalityLimit = seriesOfRequests }
            : null);
}
