using System.Text.Json.Serialization;
using Gateway.Core.Responses;

namespace Gateway.Host.Logging;

/// <summary>The access log's JSON object: the fields of the spec's LogEntry in its order and types, then ours.</summary>
internal sealed record AccessLogLine
{
    public AccessLogLine(AccessLogEntry entry)
    {
        Timestamp = entry.Timestamp;
        Level = entry.Level switch
        {
            LogLevel.Warning => "warning",
            LogLevel.Error => "error",
            _ => "info",
        };
        CorrelationId = entry.CorrelationId;
        Method = entry.Method;
        Path = entry.Path;
        UserId = entry.UserId;
        BackendService = entry.BackendService ?? "";
        ResponseTimeMs = (long)Math.Round(entry.ResponseTimeMs);
        StatusCode = entry.StatusCode;
        Error = entry.Error;
        UserAgent = entry.UserAgent ?? "";
        ClientIp = entry.ClientIp;
        ResponseTimeUs = (long)Math.Round(entry.ResponseTimeMs * 1000);
        Route = entry.Route;
        Instance = entry.Instance;
        Attempts = entry.Attempts;
        UpstreamMs = entry.UpstreamMs is { } upstream ? Math.Round(upstream, 3) : null;
        BytesIn = entry.BytesIn;
        BytesOut = entry.BytesOut;
        TraceId = entry.TraceId;
    }

    public DateTimeOffset Timestamp { get; }

    public string Level { get; }

    public string CorrelationId { get; }

    public string Method { get; }

    public string Path { get; }

    public string? UserId { get; }

    public string BackendService { get; }

    /// <summary>Whole milliseconds, since the spec's field is an integer; <see cref="ResponseTimeUs"/> has the rest.</summary>
    public long ResponseTimeMs { get; }

    public int StatusCode { get; }

    public string? Error { get; }

    public string UserAgent { get; }

    public string ClientIp { get; }

    public long ResponseTimeUs { get; }

    public string? Route { get; }

    public string? Instance { get; }

    public int Attempts { get; }

    public double? UpstreamMs { get; }

    public long BytesIn { get; }

    public long BytesOut { get; }

    public string TraceId { get; }
}

/// <summary>A line about the gateway itself.</summary>
internal sealed record EventLine(DateTimeOffset Timestamp, string Level, string Message, string? Source, string? Exception);

/// <summary>Used with the options of <see cref="JsonLineFormatter"/>.</summary>
[JsonSerializable(typeof(AccessLogLine))]
[JsonSerializable(typeof(EventLine))]
internal sealed partial class LogJson : JsonSerializerContext;
