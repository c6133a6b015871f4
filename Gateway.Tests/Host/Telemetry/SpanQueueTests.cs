using System.Diagnostics;
using System.Diagnostics.Metrics;
using Gateway.Host.Telemetry;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Telemetry;

public sealed class SpanQueueTests
{
    private const int Room = 16;

    [Fact]
    public async Task QueueThatIsFull_DropsAndCounts_AndNeverHoldsMore()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        var gate = new TaskCompletionSource();
        receiver.Gate = gate.Task;
        TelemetryOptions options = receiver.Options();
        var connection = new OtlpConnection(options.Otlp with { Timeout = TimeSpan.FromMinutes(1) });
        using var queue = new SpanQueue(
            new SpanOptions { QueueSize = Room, BatchSize = 4, Interval = TimeSpan.FromMilliseconds(100) }, connection,
            new ExportWatch("Traces", connection.Endpoint, new LoggedLines()));

        // The receiver holds the first batch, so that nothing leaves.
        await Given.OnThreads(4, _ =>
        {
            for (int i = 0; i < 250; i++)
            {
                queue.OnEnd(Span());
                queue.Waiting.Should().BeLessThanOrEqualTo(Room + 4, "who finds no room stands in the count for a moment");
            }
        });

        (queue.Waiting, queue.Dropped, queue.Exported, queue.Failed).Should().Be((Room, 1_000 - Room, 0, 0));
        gate.SetResult();
        await Eventually.BecomesAsync(() => Task.FromResult(queue.Exported), static exported => exported == Room);
        (queue.Waiting, queue.Exported, queue.Failed).Should().Be((0, Room, 0));
    }

    [Fact]
    public async Task BatchThatIsNotTaken_IsCountedAsFailed()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        receiver.Takes = false;
        TelemetryOptions options = receiver.Options();
        var connection = new OtlpConnection(options.Otlp);
        using var queue = new SpanQueue(options.Traces, connection, new ExportWatch("Traces", connection.Endpoint, new LoggedLines()));

        queue.OnEnd(Span());
        await Eventually.BecomesAsync(() => Task.FromResult(queue.Failed), static failed => failed == 1);

        (queue.Waiting, queue.Exported, queue.Failed, queue.Dropped).Should().Be((0, 0, 1, 0));
    }

    [Fact]
    public void SpanThatIsNotSampled_DoesNotWait()
    {
        var connection = new OtlpConnection(new OtlpOptions { Endpoint = ScriptedInstance.UnusedUrl() });
        using var queue = new SpanQueue(new SpanOptions(), connection, new ExportWatch("Traces", connection.Endpoint, new LoggedLines()));

        queue.OnEnd(new Activity("span").Start());
        queue.Waiting.Should().Be(0);
    }

    [Fact]
    public void Counts_AreShown()
    {
        using var meter = new Meter("Gateway");
        using var readings = new Readings(meter);
        var connection = new OtlpConnection(new OtlpOptions { Endpoint = ScriptedInstance.UnusedUrl() });
        using var queue = new SpanQueue(new SpanOptions(), connection, new ExportWatch("Traces", connection.Endpoint, new LoggedLines()));
        queue.ShowOn(meter);

        readings.Of("gateway_spans_total").Should().Equal(("result=dropped", 0), ("result=exported", 0), ("result=failed", 0));
    }

    private static Activity Span()
    {
        Activity span = new Activity("span").Start();
        span.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        span.Stop();
        return span;
    }
}
