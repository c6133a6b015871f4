using Microsoft.Extensions.Logging;

namespace Gateway.Core.Responses;

/// <summary>
/// One finished request, with the fields of the spec's LogEntry and ours. Immutable; carries no query string and no token. A value, so
/// that a request allocates nothing for its log.
/// </summary>
public readonly record struct AccessLogEntry
{
    /// <summary>When the request was finished.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>Information; Warning when a service failed; Error when the gateway did.</summary>
    public required LogLevel Level { get; init; }

    /// <summary>The value of X-Correlation-ID.</summary>
    public required string CorrelationId { get; init; }

    /// <summary>The request's method.</summary>
    public required string Method { get; init; }

    /// <summary>The normalised path, still percent-encoded.</summary>
    public required string Path { get; init; }

    /// <summary>The user; null when the request was anonymous.</summary>
    public string? UserId { get; init; }

    /// <summary>The route's service; null when no route matched.</summary>
    public string? BackendService { get; init; }

    /// <summary>From reception to the last byte handed to the connection, in milliseconds.</summary>
    public required double ResponseTimeMs { get; init; }

    /// <summary>The status sent, or 499 when the client left.</summary>
    public required int StatusCode { get; init; }

    /// <summary>The reason of the error table; null when there was none.</summary>
    public string? Error { get; init; }

    /// <summary>The User-Agent header; null when there was none.</summary>
    public string? UserAgent { get; init; }

    /// <summary>The client's address.</summary>
    public required string ClientIp { get; init; }

    /// <summary>The route's name; null when none matched.</summary>
    public string? Route { get; init; }

    /// <summary>Host and port of the last attempt's instance; null when nothing was sent.</summary>
    public string? Instance { get; init; }

    /// <summary>Attempts made.</summary>
    public int Attempts { get; init; }

    /// <summary>Duration of all attempts in milliseconds; null when nothing was sent.</summary>
    public double? UpstreamMs { get; init; }

    /// <summary>Bytes of the request's body that were sent on.</summary>
    public long BytesIn { get; init; }

    /// <summary>Bytes of the response's body that came from the service.</summary>
    public long BytesOut { get; init; }

    /// <summary>The W3C traceparent that the service got.</summary>
    public required string TraceParent { get; init; }

    /// <summary>The W3C trace-id within <see cref="TraceParent"/>.</summary>
    public ReadOnlyMemory<char> TraceId => TraceParent is null or { Length: < 35 } ? default : TraceParent.AsMemory(3, 32);
}
