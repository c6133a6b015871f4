using System.Diagnostics.Metrics;
using Gateway.Core.Telemetry;
using Gateway.Host.Admin;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Host.Telemetry;

/// <summary>Sends traces, and metrics if wanted, to a receiver of the OpenTelemetry protocol, until it is stopped: that takes as long as what
/// waits takes to be sent, <see cref="LongestFlush"/> at the most.</summary>
internal sealed class OtlpExport : IAsyncDisposable
{
    /// <summary>What the SDK allows itself, for traces and metrics at the same time.</summary>
    public static readonly TimeSpan LongestFlush = TimeSpan.FromSeconds(5);

    private readonly List<IDisposable> _providers = [];
    private Task? _ending;

    private OtlpExport(TelemetryOptions options, Meter meter, int seriesOfRequests, ILogger log)
    {
        var connection = new OtlpConnection(options.Otlp);
        Spans = new SpanQueue(options.Traces, connection, new ExportWatch("Traces", connection.Endpoint, log));
        Spans.ShowOn(meter);
        ResourceBuilder resource = ResourceOf(options);
        _providers.Add(Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .SetSampler(new AlwaysOnSampler()) // the gateway has decided before it asks: GatewayTraces.SampleRatio
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

    /// <summary>Completes when all that waited has been sent or given up; before <see cref="StopAsync"/> it is complete, too.</summary>
    internal Task Ended => _ending ?? Task.CompletedTask;

    /// <summary>Sends what waits, and ends. Once no request is under way any more.</summary>
    /// <param name="now">Leaves at once: what has not been sent is lost.</param>
    public async Task StopAsync(CancellationToken now)
    {
        // Each waits for a thread of its own.
        _ending ??= Task.WhenAll(_providers.Select(static provider => Task.Run(provider.Dispose)));
        try
        {
            await _ending.WaitAsync(LongestFlush, now);
        }
        catch (Exception cut) when (cut is OperationCanceledException or TimeoutException)
        {
            // The rest goes on behind our back until the process ends, and nobody waits for it.
        }
    }

    /// <summary>Stops what has not been stopped; what has been is not waited for again.</summary>
    public ValueTask DisposeAsync() => _ending is null ? new ValueTask(StopAsync(CancellationToken.None)) : ValueTask.CompletedTask;

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
