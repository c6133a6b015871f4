namespace Gateway.Host.Telemetry;

/// <summary>Events of the way to a receiver.</summary>
internal static partial class TelemetryLog
{
    [LoggerMessage(401, LogLevel.Warning, "{What:l} cannot be sent to {Endpoint}: {Failure:l}. They are dropped until they can")]
    public static partial void Away(ILogger logger, string what, Uri endpoint, string failure);

    [LoggerMessage(402, LogLevel.Information, "{What:l} can be sent to {Endpoint} again")]
    public static partial void Back(ILogger logger, string what, Uri endpoint);

    [LoggerMessage(403, LogLevel.Warning, "A report to App.Metrics was not made: {Failure:l}. The next ones are tried as usual")]
    public static partial void NotReported(ILogger logger, string failure);
}
