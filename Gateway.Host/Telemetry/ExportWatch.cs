using OpenTelemetry;

namespace Gateway.Host.Telemetry;

/// <summary>Tells the log when a receiver goes away and when it is back: once each, whatever is lost meanwhile. By one thread at a time.</summary>
/// <param name="what">What is sent.</param>
/// <param name="endpoint">Where to.</param>
/// <param name="log">Gets the events.</param>
internal sealed class ExportWatch(string what, Uri endpoint, ILogger log)
{
    private bool _isAway;

    /// <summary>A batch was sent, or could not be.</summary>
    /// <param name="result">Of the exporter.</param>
    /// <param name="failure">What the wire said, if anything.</param>
    public void Ended(ExportResult result, string? failure)
    {
        bool isAway = result == ExportResult.Failure;
        if (isAway == _isAway)
        {
            return;
        }

        _isAway = isAway;
        if (isAway)
        {
            TelemetryLog.Away(log, what, endpoint, failure ?? "the receiver does not take them");
        }
        else
        {
            TelemetryLog.Back(log, what, endpoint);
        }
    }
}
