using System.Collections.Concurrent;
using System.Diagnostics;
using Gateway.Core.Telemetry;

namespace Gateway.Tests.Kit;

/// <summary>Listens to one pipeline's spans, whatever else goes on in the process.</summary>
internal sealed class SpanListener : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly ConcurrentQueue<Activity> _ended = new();

    /// <param name="traces">Of the pipeline.</param>
    /// <param name="sampling">Decided for every span.</param>
    public SpanListener(GatewayTraces traces, ActivitySamplingResult sampling = ActivitySamplingResult.AllDataAndRecorded)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => ReferenceEquals(source, traces.Source),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => sampling,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Spans that have ended, in that order.</summary>
    public IReadOnlyCollection<Activity> Ended => _ended;

    public void Dispose() => _listener.Dispose();
}
