using System.Net;
using Gateway.Core.Backends;
using Gateway.Core.Errors;
using Gateway.Core.Resilience;
using Gateway.Core.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Core.Context;

/// <summary>One step of a request's way: a stage, or all that comes after it.</summary>
internal delegate Task GatewayStep(GatewayContext context);

/// <summary>
/// What one request carries through the stages: born in reception, dropped after the log line, touched by one thread at a time.
/// Members stand under the stage that writes them.
/// </summary>
internal sealed partial class GatewayContext(HttpContext http, long startedAt)
{
    /// <summary>The gateway's name in Via, both ways (RFC 9110 §7.6.3).</summary>
    public const string Pseudonym = "gateway";

    private Route? _route;

    public HttpContext Http { get; } = http;

    /// <summary>Timestamp of the pipeline's TimeProvider.</summary>
    public long StartedAt { get; } = startedAt;

    /// <summary>What is remembered of the client's connection.</summary>
    public ClientConnection Connection { get; } = ClientConnection.Of(http);

    // ── reception ──

    /// <summary>Path for matching and for forwarding: still percent-encoded, dot segments resolved. Starts with a slash.</summary>
    public string Path { get; set; } = "/";

    /// <summary>The query with its question mark, byte for byte, or empty.</summary>
    public string Query { get; set; } = "";

    public bool HasEncodedSlash { get; set; }

    /// <summary>What routing and forwarding go by: the client's method; GET for extended CONNECT, which stands for it (RFC 8441 §5).</summary>
    public string Method => UpgradeForm == UpgradeForm.ExtendedConnect ? HttpMethods.Get : Http.Request.Method;

    /// <summary>Whether sending the request twice means no more than sending it once (RFC 9110 §9.2.2).</summary>
    public bool IsIdempotent => Method is "GET" or "HEAD" or "PUT" or "DELETE" or "OPTIONS" or "TRACE";

    /// <summary>Whether a body may come. Over HTTP/1 the head says so (RFC 9112 §6.3); over HTTP/2 and 3 the server knows.</summary>
    public bool CanHaveBody =>
        IsHttp1(Http.Request)
            ? Http.Request.ContentLength > 0 || Http.Request.Headers.TransferEncoding.Count > 0
            : Http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;

    /// <summary>Whether the client speaks some HTTP/1: one request at a time on a connection, framed by its head, and no trailers of its own accord.</summary>
    public static bool IsHttp1(HttpRequest request) => request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal);

    /// <summary>Whether it asks how the gateway is, by one of the paths that the public port keeps for itself.</summary>
    public bool IsHealthProbe =>

        // All three begin with "/health": one comparison for every other request.
        Path.StartsWith("/health", StringComparison.Ordinal)
        && Path is "/health" or "/health/live" or "/health/ready" && Http.Request.Method is "GET" or "HEAD";

    public UpgradeForm UpgradeForm { get; set; }

    /// <summary>The protocol to go on in if the instance agrees; null when the request is plain HTTP, or is taken as such because
    /// its route passes none of the protocols asked for.</summary>
    public string? Upgrade { get; set; }

    public IPAddress ClientIp { get; set; } = IPAddress.None;

    /// <summary>The client's address as the log and X-Forwarded-For write it.</summary>
    public string ClientIpText { get; set; } = "";

    /// <summary>Whether the peer may speak for others with X-Forwarded-* and Forwarded.</summary>
    public bool PeerIsTrusted { get; set; }

    /// <summary>What of the peer's Forwarded (RFC 7239) can be believed, to be continued; null when there is none.</summary>
    public string? Forwarded { get; set; }

    /// <summary>Value of Max-Forwards for the next hop; null when it goes on as it was sent.</summary>
    public int? MaxForwards { get; set; }

    /// <summary>Among whom the request has a place, until it is over or lasts for ever; null when it has none.</summary>
    public Places? Place { get; set; }

    // ── tracing ──

    public string CorrelationId { get; set; } = "";

    /// <summary>The W3C traceparent that the service gets; empty before tracing.</summary>
    public string TraceParent { get; set; } = "";

    /// <summary>Whether the caller's trace goes on; a tracestate without its traceparent means nothing.</summary>
    public bool TraceIsContinued { get; set; }

    /// <summary>The request's spans; null when nobody records them.</summary>
    public RequestSpans? Spans { get; set; }

    // ── routing ──

    /// <summary>Brings its service with it.</summary>
    public Route? Route
    {
        get => _route;
        set => (_route, Service, Timeouts) = (value, value?.Service, value?.Timeouts);
    }

    /// <summary>Who is asked: the route's service, or the one among which it splits its requests; null without a route.</summary>
    public BackendService? Service { get; set; }

    /// <summary>How long to wait for the service; null without a route.</summary>
    public TimeoutOptions? Timeouts { get; set; }

    public RouteMiss Miss { get; set; }

    /// <summary>On WrongMethod: the methods the path does allow, for the Allow header.</summary>
    public string? Allow { get; set; }

    /// <summary>On UnknownPath, where suggestions are wanted: routes that come near, nearest first, in a few words each; else null.</summary>
    public IReadOnlyList<string>? NearestRoutes { get; set; }

    /// <summary>The route's rule; for a wrong method that of the path's best route; for an unknown path Required.</summary>
    public RouteAuth Auth { get; set; } = RouteAuth.Required;

    // ── authentication ──

    public UserContext? User { get; set; }

    // ── rate limiting ──

    /// <summary>Value of RateLimit-Policy: every policy that applies, decided when the configuration was loaded; null for none.</summary>
    public string? RateLimitPolicyHeader { get; set; }

    /// <summary>Value of RateLimit: what each policy asked so far has left; null for none.</summary>
    public string? RateLimitHeader { get; set; }

    /// <summary>How long the request has waited for a shared store of limits, at all policies together.</summary>
    public TimeSpan WaitedForStore { get; set; }

    // ── refusal ──

    /// <summary>Why the gateway answers by itself, or why the answer broke off; None when the service's answer went through.</summary>
    public GatewayError Error { get; private set; }

    /// <summary>One sentence more than the error's title, for the client; never a secret, never a stack trace.</summary>
    public string? Detail { get; private set; }

    /// <summary>Value of Retry-After in whole seconds, at least 1; null for none.</summary>
    public int? RetryAfterSeconds { get; private set; }

    /// <summary>Ends the way: the first refusal stands. The error becomes a response in <c>Responses/</c>.</summary>
    public Task Refuse(GatewayError error, string? detail = null, TimeSpan? retryAfter = null)
    {
        if (Error == GatewayError.None)
        {
            Error = error;
            Detail = detail;
            RetryAfterSeconds = retryAfter is { } wait ? (int)Math.Clamp(Math.Ceiling(wait.TotalSeconds), 1, int.MaxValue) : null;
        }

        return Task.CompletedTask;
    }
}
