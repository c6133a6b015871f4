using System.Text.Json.Serialization;
using Gateway.Core;
using Gateway.Core.Responses;
using Gateway.Host.Admin.Live;

namespace Gateway.Host.Admin;

/// <summary>What <c>GET /admin/v1/routes</c> tells.</summary>
internal sealed record AdminRouteList(int Generation, IReadOnlyList<AdminRouteInfo> Routes)
{
    public static AdminRouteList Of(GatewayParts parts, int generation) => new(generation,
    [
        .. parts.Routes.Select(route => new AdminRouteInfo
        {
            Name = route.Name,
            Host = route.Options.Host,
            Pattern = route.Options.Pattern,
            Methods = route.Options.Methods,
            Headers = route.Options.Headers,
            Service = route.Options.Service,
            Split = route.Options.Split?.Services,
            Auth = route.Options.Auth.ToString(),
            RateLimits = route.Options.RateLimits ?? parts.Options.DefaultRateLimits,
        }),
    ]);
}

internal sealed record AdminRouteInfo
{
    public required string Name { get; init; }

    /// <summary>Null: any.</summary>
    public required string? Host { get; init; }

    public required string Pattern { get; init; }

    /// <summary>Null: all.</summary>
    public required IReadOnlyList<string>? Methods { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public required string Service { get; init; }

    /// <summary>Shares by service; null when all requests go to <see cref="Service"/>.</summary>
    public required IReadOnlyDictionary<string, int>? Split { get; init; }

    public required string Auth { get; init; }

    public required IReadOnlyList<string> RateLimits { get; init; }
}

/// <summary>What <c>GET /admin/v1/services</c> tells.</summary>
internal sealed record AdminServiceList(DateTimeOffset At, IReadOnlyList<LiveService> Services);

/// <summary>What <c>GET /admin/v1/ratelimits</c> tells.</summary>
internal sealed record AdminLimitList(DateTimeOffset At, LiveStore Store, IReadOnlyList<LiveLimit> RateLimits);

/// <summary>What <c>GET /admin/v1/errors</c> tells: the latest first.</summary>
internal sealed record AdminErrorList(long Total, IReadOnlyList<AdminError> Errors)
{
    public static AdminErrorList Of(ErrorHistory history, string? correlationId) => new(history.Total, [.. history.Last(correlationId).Select(AdminError.Of)]);
}

/// <summary>A request that was refused or that failed; no user, no query, no token.</summary>
internal sealed record AdminError
{
    public required DateTimeOffset At { get; init; }

    public required string CorrelationId { get; init; }

    public required string Method { get; init; }

    public required string Path { get; init; }

    public required string? Route { get; init; }

    public required string? Service { get; init; }

    public required string? Instance { get; init; }

    public required int Status { get; init; }

    /// <summary>Of the error table; null for a service's own 5xx.</summary>
    public required string? Reason { get; init; }

    public required double DurationMs { get; init; }

    public required int Attempts { get; init; }

    public required string ClientIp { get; init; }

    public static AdminError Of(AccessLogEntry entry) => new()
    {
        At = entry.Timestamp,
        CorrelationId = entry.CorrelationId,
        Method = entry.Method,
        Path = entry.Path,
        Route = entry.Route,
        Service = entry.BackendService,
        Instance = entry.Instance,
        Status = entry.StatusCode,
        Reason = entry.Error,
        DurationMs = entry.ResponseTimeMs,
        Attempts = entry.Attempts,
        ClientIp = entry.ClientIp,
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AdminRouteList))]
[JsonSerializable(typeof(AdminErrorList))]
[JsonSerializable(typeof(AdminServiceList))]
[JsonSerializable(typeof(AdminLimitList))]
[JsonSerializable(typeof(LiveAuth))]
internal sealed partial class AdminListJson : JsonSerializerContext;
