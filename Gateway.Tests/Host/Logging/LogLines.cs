using Gateway.Core.Responses;
using Gateway.Host.Logging;
using Microsoft.Extensions.Logging;
using Serilog.Events;
using Serilog.Parsing;

namespace Gateway.Tests.Host.Logging;

/// <summary>Entries, events and what becomes of them.</summary>
internal static class LogLines
{
    /// <summary>Everything that an entry can say.</summary>
    public static AccessLogEntry Full => new()
    {
        Timestamp = new DateTimeOffset(2025, 9, 29, 1, 2, 3, TimeSpan.Zero),
        Level = LogLevel.Warning,
        CorrelationId = "id-1",
        Method = "GET",
        Path = "/a",
        UserId = "alice",
        BackendService = "svc",
        ResponseTimeMs = 12.5456,
        StatusCode = 502,
        Error = "upstream_reset",
        UserAgent = "curl/8",
        ClientIp = "192.0.2.1",
        Route = "all",
        Instance = "10.0.0.1:80",
        Attempts = 1,
        UpstreamMs = 11.2349,
        BytesIn = 5,
        BytesOut = 7,
        TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
    };

    /// <summary>As little as an entry can say: refused before it had a route.</summary>
    public static AccessLogEntry Least => new()
    {
        Timestamp = DateTimeOffset.UnixEpoch,
        Level = LogLevel.Information,
        CorrelationId = "id-2",
        Method = "GET",
        Path = "/",
        ResponseTimeMs = 0,
        StatusCode = 400,
        ClientIp = "192.0.2.1",
        TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
    };

    public static LogEvent Event(AccessLogEntry entry) => new AccessLogEvent { Entry = entry }.Of(entry.Level);

    public static LogEvent Event(LogEventLevel level, string template, Exception? exception = null, params LogEventProperty[] properties) =>
        new(new DateTimeOffset(2025, 9, 29, 3, 2, 1, TimeSpan.FromHours(2)), level, exception, new MessageTemplateParser().Parse(template), properties);

    public static string Format(LogEvent logEvent) =>
        System.Text.Encoding.UTF8.GetString(logEvent is AccessLogEvent.OfLevel access ? access.Format() : LogLine.Format(logEvent));
}
