using Microsoft.Extensions.Logging;

namespace Gateway.Core.Errors;

/// <summary>Whose fault an error is: decides what counts against an instance and what is worth an operator's attention.</summary>
internal enum Blame
{
    Client,
    Service,
    Gateway,
}

/// <summary>May the request be sent again, to another instance?</summary>
internal enum Retry
{
    /// <summary>Never: the answer would be the same, or the client is gone.</summary>
    Never,

    /// <summary>Nothing had been sent: always safe.</summary>
    Always,

    /// <summary>Bytes were sent: only methods that are idempotent.</summary>
    IfIdempotent,
}

/// <summary>One row of the error table.</summary>
internal sealed record ErrorRow(int Status, string Reason, string Title, Blame Blame, Retry Retry, LogLevel Level);

/// <summary>The one table of errors. Only <c>Responses/</c> turns a row into HTTP.</summary>
internal static class GatewayErrors
{
    private static readonly ErrorRow[] Rows = BuildRows();

    public static ErrorRow Row(this GatewayError error) => Rows[(int)error];

    /// <summary>The row for a status by which the server refuses a request of its own accord.</summary>
    public static GatewayError OfServerStatus(int status) => status switch
    {
        405 => GatewayError.MethodNotAllowed,
        408 => GatewayError.RequestTimeout,
        413 => GatewayError.BodyTooLarge,
        414 => GatewayError.UriTooLong,
        431 => GatewayError.HeaderTooLarge,
        _ => GatewayError.BadRequest,
    };

    private static ErrorRow[] BuildRows()
    {
        GatewayError[] values = Enum.GetValues<GatewayError>();
        var rows = new ErrorRow[values.Length];
        foreach (GatewayError value in values)
        {
            rows[(int)value] = Describe(value);
        }

        return rows;
    }

    private static ErrorRow Describe(GatewayError error) => error switch
    {
        GatewayError.None => new(200, "", "", Blame.Gateway, Retry.Never, LogLevel.Information),
        GatewayError.BadRequest =>
            new(400, "bad_request", "The request is malformed", Blame.Client, Retry.Never, LogLevel.Information),

        // The closed vocabulary has one word for malformed and for too slow; the status tells them apart.
        GatewayError.RequestTimeout =>
            new(408, "bad_request", "The request arrived too slowly", Blame.Client, Retry.Never, LogLevel.Information),
        GatewayError.HeaderTooLarge =>
            new(431, "header_too_large", "The request headers are too large", Blame.Client, Retry.Never, LogLevel.Information),
        GatewayError.BodyTooLarge =>
            new(413, "body_too_large", "The request body is too large", Blame.Client, Retry.Never, LogLevel.Information),
        GatewayError.UriTooLong =>
            new(414, "uri_too_long", "The request target is too long", Blame.Client, Retry.Never, LogLevel.Information),
        GatewayError.TokenMissing =>
            new(401, "token_missing", "An access token is required", Blame.Client, Retry.Never, LogLevel.Information),
        GatewayError.TokenInvalid =>
            new(401, "token_invalid", "The access token is invalid or expired", Blame.Client, Retry.Never, LogLevel.Information),
        GatewayError.AuthUnavailable =>
            new(503, "auth_unavailable", "The token cannot be checked at the moment", Blame.Service, Retry.Never, LogLevel.Warning),
        GatewayError.Forbidden =>
            new(403, "forbidden", "The user lacks a role or scope that this route requires", Blame.Client, Retry.Never, LogLevel.Information),
        GatewayError.RateLimited =>
            new(429, "rate_limited", "Too many requests", Blame.Client, Retry.Never, LogLevel.Information),
        GatewayError.NoRoute =>
            new(404, "no_route", "No route matches this path", Blame.Client, Retry.Never, LogLevel.Information),
        GatewayError.MethodNotAllowed =>
            new(405, "method_not_allowed", "This path does not allow the method", Blame.Client, Retry.Never, LogLevel.Information),
        GatewayError.CircuitOpen =>
            new(503, "circuit_open", "The service is failing and is given time to recover", Blame.Service, Retry.Never, LogLevel.Warning),
        GatewayError.NoHealthyInstance =>
            new(503, "no_healthy_instance", "No instance of the service is healthy", Blame.Service, Retry.Never, LogLevel.Warning),
        GatewayError.Overloaded =>
            new(503, "overloaded", "There are more requests than can be served", Blame.Service, Retry.Never, LogLevel.Warning),
        GatewayError.ConnectFailed =>
            new(502, "connect_failed", "No connection to the service could be made", Blame.Service, Retry.Always, LogLevel.Warning),
        GatewayError.UpstreamTimeout =>
            new(504, "upstream_timeout", "The service did not answer in time", Blame.Service, Retry.IfIdempotent, LogLevel.Warning),
        GatewayError.UpstreamReset =>
            new(502, "upstream_reset", "The service broke the connection off", Blame.Service, Retry.IfIdempotent, LogLevel.Warning),
        GatewayError.UpstreamBadResponse =>
            new(502, "upstream_bad_response", "The service's answer is not valid HTTP", Blame.Service, Retry.IfIdempotent, LogLevel.Warning),
        GatewayError.ClientClosed =>
            new(499, "client_closed", "The client left before the answer", Blame.Client, Retry.Never, LogLevel.Information),
        GatewayError.Draining =>
            new(503, "draining", "The gateway is shutting down", Blame.Gateway, Retry.Never, LogLevel.Information),
        GatewayError.Internal =>
            new(500, "internal", "The gateway failed to handle the request", Blame.Gateway, Retry.Never, LogLevel.Error),
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, "Every error has a row."),
    };
}
