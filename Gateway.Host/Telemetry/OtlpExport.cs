using System.Diagnostics.Metrics;
using Gateway.Core.Telemetry;
using Gateway.Host.Admin;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Host.Telemetry;

/// <summary>Sends traces, and metrics if wanted, to a receiver of the OpenTelemetry protocol, until it is disposed of: that takes as long as what
/// waits takes to be sent, <see cref="LongestFlush"/> at the most for each.</summary>
internal sealed class OtlpExport : IAsyncDisposable
{
    /// <summary>What the SDK allows itself.</summary>
    public static readonly TimeSpan LongestFlush = TimeSpan.FromSeconds(5);

    private readonly List<IDisposable> _providers = [];

    private OtlpExport(TelemetryOptions options, Meter meter, int seriesOfRequests, ILogger log)
    {
        var connection = new OtlpConnection(options.Otlp);
        Spans = new SpanQueue(options.Traces, connection, new ExportWatch("Traces", connection.Endpoint, log));
        Spans.ShowOn(meter);
        ResourceBuilder resource = ResourceOf(options);
        _providers.Add(Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.Traces.SampleRatio)))
            .AddSource(GatewayTraces.SourceName)
            .AddProcessor(Spans)
            .Build());
        if (options.Metrics.Enabled)
        {
            _providers.Add(Sdk.CreateMeterProviderBuilder()
                .SetResourceBuilder(resource)
                .AddGateway(meter, seriesOfRequests)
                .AddReader(new PeriodicExportingMetricReader(
                    MetricExporter.To(options.Otlp, log), (int)options.Metrics.Interval.TotalMilliseconds, (int)options.Otlp.Timeout.TotalMilliseconds))
                .Build());
        }
    }

    public SpanQueue Spans { get; }

    /// <summary>Begins; null when there is no receiver, and then nothing is recorded.</summary>
    /// <param name="options">Valid ones.</param>
    /// <param name="meter">The pipeline's.</param>
    /// <param name="seriesOfRequests">Series that gateway_requests_total may have.</param>
    /// <param name="log">Told when the receiver is away.</param>
    public static OtlpExport? Start(TelemetryOptions options, Meter meter, int seriesOfRequests, ILogger log) =>
        options.Otlp.Endpoint is null ? null : new OtlpExport(options, meter, seriesOfRequests, log);

    /// <summary>Once no request is under way any more.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (IDisposable provider in _providers)
        {
            // It waits for a thread of its own.
            await Task.Run(provider.Dispose);
        }
    }

    private static ResourceBuilder ResourceOf(TelemetryOptions options) => ResourceBuilder.CreateDefault().AddService(
        options.ServiceName,
        serviceVersion: AdminInfo.OwnVersion,
        autoGenerateServiceInstanceId: options.InstanceId is null,
        serviceInstanceId: options.InstanceId);

    private sealed class MetricExporter(OtlpConnection connection, ExportWatch watch) : OtlpMetricExporter(connection.ToExporter("metrics"))
    {
        public static MetricExporter To(OtlpOptions options, ILogger log)
        {
            var connection = new OtlpConnection(options);
            return new MetricExporter(connection, new ExportWatch("Metrics", connection.Endpoint, log));
        }

        public override ExportResult Export(in Batch<Metric> metrics)
        {
            ExportResult result = base.Export(metrics);
            watch.Ended(result, connection.Failure);
            return result;
        }
    }
}
