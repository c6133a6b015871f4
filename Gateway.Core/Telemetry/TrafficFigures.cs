namespace Gateway.Core.Telemetry;

/// <summary>
/// What has gone through one thing (the gateway's requests without a route, a route, a service, an instance), for those who show it live. Counts for ever;
/// rates are differences. Adding costs two or three interlocked adds and allocates nothing. Safe from any thread.
/// </summary>
internal sealed class TrafficFigures
{
    /// <summary>All of them.</summary>
    public HeldCounter Finished { get; } = new();

    /// <summary>Those with a status from 400 to 499.</summary>
    public HeldCounter ClientErrors { get; } = new();

    /// <summary>Those with a status of 500 and above; of an instance's attempts, those that were its failure.</summary>
    public HeldCounter ServerErrors { get; } = new();

    public LatencyHistogram Durations { get; } = new();

    /// <summary>A request was answered.</summary>
    public void Answered(int status, double milliseconds)
    {
        Finished.Increment();
        Durations.Add(milliseconds);
        if (status >= 400)
        {
            (status < 500 ? ClientErrors : ServerErrors).Increment();
        }
    }

    /// <summary>An attempt that was counted as a good one by its answer's headers broke off after them, by the instance's fault.</summary>
    public void BrokeOff() => ServerErrors.Increment();

    /// <summary>An attempt came to an end, or to the headers of a good answer.</summary>
    /// <param name="hasFailed">Whether that was the instance's fault.</param>
    /// <param name="milliseconds">Until the answer's headers; null when that says nothing.</param>
    public void Attempted(bool hasFailed, double? milliseconds)
    {
        Finished.Increment();
        if (hasFailed)
        {
            ServerErrors.Increment();
        }

        if (milliseconds is { } time)
        {
            Durations.Add(time);
        }
    }
}
