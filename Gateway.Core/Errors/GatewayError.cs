namespace Gateway.Core.Errors;

/// <summary>
/// Everything the gateway can answer by itself. A closed list: each value has one row in <see cref="GatewayErrors"/>,
/// whose <c>reason</c> is the word seen in the body, the log and the metrics.
/// </summary>
internal enum GatewayError
{
    None = 0,
    BadRequest,
    RequestTimeout,
    HeaderTooLarge,
    BodyTooLarge,
    UriTooLong,
    TokenMissing,
    TokenInvalid,
    AuthUnavailable,
    Forbidden,
    RateLimited,
    NoRoute,
    MethodNotAllowed,
    CircuitOpen,
    NoHealthyInstance,
    Overloaded,
    ConnectFailed,
    UpstreamTimeout,
    UpstreamReset,
    UpstreamBadResponse,
    ClientClosed,
    Draining,
    Internal,
}
