namespace Gateway.Core.Errors;

/// <summary>
/// Everything the gateway can answer by itself. A closed list: each value has one row in <see cref="GatewayErrors"/>,
/// whose <c>reason</c> is the word seen in the body, the log and the metrics.
/// </summary>
public enum GatewayError
{
    /// <summary>The request went through.</summary>
    None = 0,

    /// <summary>400: the request is malformed.</summary>
    BadRequest,

    /// <summary>408: the request arrived too slowly.</summary>
    RequestTimeout,

    /// <summary>431: the head is too large.</summary>
    HeaderTooLarge,

    /// <summary>413: the body is larger than the route allows.</summary>
    BodyTooLarge,

    /// <summary>414: the target is too long.</summary>
    UriTooLong,

    /// <summary>401: a token is needed, and there is none.</summary>
    TokenMissing,

    /// <summary>401: the token is malformed, invalid or expired.</summary>
    TokenInvalid,

    /// <summary>503: nobody can judge the token at the moment.</summary>
    AuthUnavailable,

    /// <summary>403: the user may not do this.</summary>
    Forbidden,

    /// <summary>429: a limit is used up.</summary>
    RateLimited,

    /// <summary>404: no route matches.</summary>
    NoRoute,

    /// <summary>405: the path does not allow the method.</summary>
    MethodNotAllowed,

    /// <summary>503: the circuits of all instances are open.</summary>
    CircuitOpen,

    /// <summary>503: no instance is healthy.</summary>
    NoHealthyInstance,

    /// <summary>503: there are more requests than can be served.</summary>
    Overloaded,

    /// <summary>502: no connection to the service could be made.</summary>
    ConnectFailed,

    /// <summary>504: the service did not answer in time.</summary>
    UpstreamTimeout,

    /// <summary>502: the service broke the connection off.</summary>
    UpstreamReset,

    /// <summary>502: the service's answer is not valid HTTP.</summary>
    UpstreamBadResponse,

    /// <summary>499, in the log alone: the client left before the answer.</summary>
    ClientClosed,

    /// <summary>503: the gateway is shutting down.</summary>
    Draining,

    /// <summary>500: the gateway failed.</summary>
    Internal,
}
