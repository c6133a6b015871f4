using Gateway.Core.Responses;
using Microsoft.Extensions.Logging;

namespace Gateway.Core.Embedding;

/// <summary>The access log of an application that takes none itself: one structured line for each finished request, at the entry's level.</summary>
internal static partial class AccessLogger
{
    internal const string Category = "Gateway.Access";

    public static AccessLog To(ILoggerFactory loggers)
    {
        ILogger log = loggers.CreateLogger(Category);
        return (in AccessLogEntry entry) =>
        {
            if (log.IsEnabled(entry.Level))
            {
                string trace = entry.TraceId.ToString();
                Finished(log, entry.Level, entry.Method, entry.Path, entry.StatusCode, entry.ResponseTimeMs, entry.Error, entry.CorrelationId, entry.UserId,
                    entry.BackendService, entry.Route, entry.Instance, entry.Attempts, entry.UpstreamMs, entry.BytesIn, entry.BytesOut,
                    entry.ClientIp, entry.UserAgent, trace);
            }
        };
    }

    [LoggerMessage(EventId = 310, SkipEnabledCheck = true, Message = "{Method} {Path} {StatusCode} in {ResponseTimeMs} ms; error {Error}, correlation id {CorrelationId}, user {UserId}, "
        + "backend_service {BackendService}, route {Route}, instance {Instance}, attempts {Attempts}, upstream ms {UpstreamMs}, bytes in {BytesIn}, "
        + "bytes out {BytesOut}, client {ClientIp}, agent {UserAgent}, trace {TraceId}")]
    private static partial void Finished(ILogger logger, LogLevel level, string method, string path, int statusCode, double responseTimeMs,
        string? error, string correlationId, string? userId, string? backendService, string? route, string? instance, int attempts,
        double? upstreamMs, long bytesIn, long bytesOut, string clientIp, string? userAgent, string traceId);
}
