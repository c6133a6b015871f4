using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Host.Demo;

/// <summary>What reached a service: each of its answers shows this, so that the gateway's work can be seen from outside.</summary>
internal sealed record SeenByService
{
    /// <summary>The demo service that answers.</summary>
    public required string Service { get; init; }

    public required string Method { get; init; }

    /// <summary>The request's target as it stood on the wire, query included.</summary>
    public required string Path { get; init; }

    [JsonPropertyName("X-User-ID"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? UserId { get; init; }

    [JsonPropertyName("X-User-Roles"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? UserRoles { get; init; }

    [JsonPropertyName("X-User-Tier")]
    public string? UserTier { get; init; }

    [JsonPropertyName("X-Correlation-ID"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? CorrelationId { get; init; }

    [JsonPropertyName("X-Forwarded-For"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? ForwardedFor { get; init; }

    [JsonPropertyName("X-Forwarded-Proto")]
    public string? ForwardedProto { get; init; }

    [JsonPropertyName("X-Forwarded-Host")]
    public string? ForwardedHost { get; init; }

    [JsonPropertyName("traceparent")]
    public string? TraceParent { get; init; }

    [JsonPropertyName("Via")]
    public string? Via { get; init; }

    public static SeenByService From(HttpContext context, string service)
    {
        IHeaderDictionary headers = context.Request.Headers;
        return new SeenByService
        {
            Service = service,
            Method = context.Request.Method,
            Path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            UserId = headers["X-User-ID"],
            UserRoles = headers["X-User-Roles"],
            UserTier = headers["X-User-Tier"],
            CorrelationId = headers["X-Correlation-ID"],
            ForwardedFor = headers["X-Forwarded-For"],
            ForwardedProto = headers["X-Forwarded-Proto"],
            ForwardedHost = headers["X-Forwarded-Host"],
            TraceParent = headers.TraceParent,
            Via = headers.Via,
        };
    }
}
