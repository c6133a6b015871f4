using System.Text.Json;
using Gateway.Core.Responses;

namespace Gateway.Host.Logging;

/// <summary>The access log's JSON object: the fields of the spec's LogEntry in its order and types, then ours.</summary>
internal static class AccessLogLine
{
    private static readonly JsonEncodedText
        Timestamp = JsonEncodedText.Encode("timestamp"),
        Level = JsonEncodedText.Encode("level"),
        CorrelationId = JsonEncodedText.Encode("correlation_id"),
        Method = JsonEncodedText.Encode("method"),
        Path = JsonEncodedText.Encode("path"),
        UserId = JsonEncodedText.Encode("user_id"),
        BackendService = JsonEncodedText.Encode("backend_service"),
        ResponseTimeMs = JsonEncodedText.Encode("response_time_ms"),
        StatusCode = JsonEncodedText.Encode("status_code"),
        Error = JsonEncodedText.Encode("error"),
        UserAgent = JsonEncodedText.Encode("user_agent"),
        ClientIp = JsonEncodedText.Encode("client_ip"),
        ResponseTimeUs = JsonEncodedText.Encode("response_time_us"),
        Route = JsonEncodedText.Encode("route"),
        Instance = JsonEncodedText.Encode("instance"),
        Attempts = JsonEncodedText.Encode("attempts"),
        UpstreamMs = JsonEncodedText.Encode("upstream_ms"),
        BytesIn = JsonEncodedText.Encode("bytes_in"),
        BytesOut = JsonEncodedText.Encode("bytes_out"),
        TraceId = JsonEncodedText.Encode("trace_id");

    public static void Write(Utf8JsonWriter json, AccessLogEntry entry)
    {
        json.WriteString(Timestamp, entry.Timestamp);
        json.WriteString(Level, entry.Level switch
        {
            LogLevel.Warning => "warning",
            LogLevel.Error => "error",
            _ => "info",
        });
        json.WriteString(CorrelationId, entry.CorrelationId);
        json.WriteString(Method, entry.Method);
        json.WriteString(Path, entry.Path);
        WriteIfAny(json, UserId, entry.UserId);
        json.WriteString(BackendService, entry.BackendService ?? "");

        // Whole milliseconds, since the spec's field is an integer; response_time_us has the rest.
        json.WriteNumber(ResponseTimeMs, (long)Math.Round(entry.ResponseTimeMs));
        json.WriteNumber(StatusCode, entry.StatusCode);
        WriteIfAny(json, Error, entry.Error);
        json.WriteString(UserAgent, entry.UserAgent ?? "");
        json.WriteString(ClientIp, entry.ClientIp);
        json.WriteNumber(ResponseTimeUs, (long)Math.Round(entry.ResponseTimeMs * 1000));
        WriteIfAny(json, Route, entry.Route);
        WriteIfAny(json, Instance, entry.Instance);
        json.WriteNumber(Attempts, entry.Attempts);
        if (entry.UpstreamMs is { } upstream)
        {
            json.WriteNumber(UpstreamMs, Math.Round(upstream, 3));
        }

        json.WriteNumber(BytesIn, entry.BytesIn);
        json.WriteNumber(BytesOut, entry.BytesOut);
        json.WriteString(TraceId, entry.TraceId);
    }

    private static void WriteIfAny(Utf8JsonWriter json, JsonEncodedText name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
