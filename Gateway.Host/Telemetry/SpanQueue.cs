using System.Diagnostics;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;

namespace Gateway.Host.Telemetry;

/// <summary>
/// Spans on their way to the receiver: the SDK's batches, sent by a thread of their own, behind a count of what waits, so that what is dropped is
/// known. Ending a span never waits. Safe from any thread.
/// </summary>
internal sealed class SpanQueue : BatchActivityExportProcessor
{
    private readonly int _room;
    private readonly Exporter _exporter;
    private long _dropped;

    /// <param name="options">How many wait, and how long.</param>
    /// <param name="connection">To the receiver.</param>
    /// <param name="watch">Learns how batches end.</param>
    public SpanQueue(SpanOptions options, OtlpConnection connection, ExportWatch watch)
        : this(options, new Exporter(connection, watch))
    {
    }

    private SpanQueue(SpanOptions options, Exporter exporter)
        : base(exporter, options.QueueSize, (int)options.Interval.TotalMilliseconds, maxExportBatchSize: options.BatchSize) =>
        (_room, _exporter) = (options.QueueSize, exporter);

    /// <summary>Spans that wait, those on their way included.</summary>
    public int Waiting => _exporter.Waiting;

    public long Exported => _exporter.Exported;

    /// <summary>Spans of batches that the receiver did not take.</summary>
    public long Failed => _exporter.Failed;

    /// <summary>Spans that found no room.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Shows what became of spans as <c>gateway_spans_total</c>.</summary>
    public void ShowOn(Meter meter) => meter.CreateObservableCounter<long>(
        "gateway_spans_total",
        () =>
        [
            new(Exported, new KeyValuePair<string, object?>("result", "exported")),
            new(Failed, new KeyValuePair<string, object?>("result", "failed")),
            new(Dropped, new KeyValuePair<string, object?>("result", "dropped")),
        ],
        description: "Spans by what became of them: sent, not taken by the receiver, dropped for want of room.");

    public override void OnEnd(Activity data)
    {
        if (!data.Recorded)
        {
            return;
        }

        if (_exporter.TryWait(_room))
        {
            base.OnEnd(data);
        }
        else
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <summary>The SDK's exporter, and what it has done.</summary>
    private sealed class Exporter(OtlpConnection connection, ExportWatch watch) : OtlpTraceExporter(connection.ToExporter("traces"))
    {
        private long _exported, _failed;
        private int _waiting;

        public int Waiting => Volatile.Read(ref _waiting);

        public long Exported => Interlocked.Read(ref _exported);

        public long Failed => Interlocked.Read(ref _failed);

        public bool TryWait(int room)
        {
            if (Interlocked.Increment(ref _waiting) <= room)
            {
                return true;
            }

            Interlocked.Decrement(ref _waiting);
            return false;
        }

        public override ExportResult Export(in Batch<Activity> activityBatch)
        {
            long count = activityBatch.Count;
            ExportResult result = base.Export(activityBatch);
            Interlocked.Add(ref _waiting, -(int)count);
            Interlocked.Add(ref result == ExportResult.Success ? ref _exported : ref _failed, count);
            watch.Ended(result, connection.Failure);
            return result;
        }
    }
}
