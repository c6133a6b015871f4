using System.Net;
using Gateway.Core.Backends;
using Gateway.Core.Errors;
using Gateway.Core.Resilience;
using Gateway.Core.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Context;

/// <summary>One step of a request's way: a stage, or all that comes after it. Completes when its part of the answer is with the server.</summary>
/// <param name="context">The request.</param>
public delegate Task GatewayStep(GatewayContext context);

/// <summary>
/// What one request carries through the stages: born in reception, dropped after the log line, touched by one thread at a time, and not to be
/// kept. Members stand under the stage that writes them.
/// </summary>
public sealed partial class GatewayContext
{
    /// <summary>The gateway's name in Via, both ways (RFC 9110 §7.6.3).</summary>
    internal const string Pseudonym = "gateway";

    private Route? _route;

    internal GatewayContext(HttpContext http, long startedAt)
    {
        (Http, StartedAt, Connection) = (http, startedAt, ClientConnection.Of(http));
        if (http.Response.Headers is { Count: > 0 } already)
        {
            ApplicationHeaders = [.. already];
        }
    }

    /// <summary>The request as ASP.NET has it.</summary>
    public HttpContext Http { get; }

    /// <summary>Timestamp of the pipeline's TimeProvider.</summary>
    internal long StartedAt { get; }

    /// <summary>What is remembered of the client's connection.</summary>
    internal ClientConnection Connection { get; }

    // ── reception ──

    /// <summary>Path for matching and for forwarding: still percent-encoded, dot segments resolved. Starts with a slash.</summary>
    public string Path { get; internal set; } = "/";

    /// <summary>The query with its question mark, byte for byte, or empty.</summary>
    public string Query { get; internal set; } = "";

    internal bool HasEncodedSlash { get; set; }

    /// <summary>What routing and forwarding go by: the client's method; GET for extended CONNECT, which stands for it (RFC 8441 §5).</summary>
    public string Method => UpgradeForm == UpgradeForm.ExtendedConnect ? HttpMethods.Get : Http.Request.Method;

    /// <summary>Whether sending the request twice means no more than sending it once (RFC 9110 §9.2.2).</summary>
    internal bool IsIdempotent => Method is "GET" or "HEAD" or "PUT" or "DELETE" or "OPTIONS" or "TRACE";

    /// <summary>Whether a body may come. Over HTTP/1 the head says so (RFC 9112 §6.3); over HTTP/2 and 3 the server knows.</summary>
    internal bool CanHaveBody =>
        IsHttp1(Http.Request)
            ? Http.Request.ContentLength > 0 || Http.Request.Headers.TransferEncoding.Count > 0
            : Http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;

    /// <summary>Whether the client speaks some HTTP/1: one request at a time on a connection, framed by its head, and no trailers of its own accord.</summary>
    internal static bool IsHttp1(HttpRequest request) => request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal);

    /// <summary>Whether it asks how the gateway is, by one of the paths that the public port keeps for itself.</summary>
    internal bool IsHealthProbe =>

        // All three begin with "/health": one comparison for every other request.
        Path.StartsWith("/health", StringComparison.Ordinal)
        && Path is "/health" or "/health/live" or "/health/ready" && Http.Request.Method is "GET" or "HEAD";

    internal UpgradeForm UpgradeForm { get; set; }

    /// <summary>The protocol to go on in if the instance agrees; null when the request is plain HTTP, or is taken as such because
    /// its route passes none of the protocols asked for.</summary>
    internal string? Upgrade { get; set; }

    /// <summary>The client's address: the peer's, or what a trusted proxy says.</summary>
    public IPAddress ClientIp { get; internal set; } = IPAddress.None;

    /// <summary>The client's address as the log and X-Forwarded-For write it.</summary>
    internal string ClientIpText { get; set; } = "";

    /// <summary>Whether the peer may speak for others with X-Forwarded-* and Forwarded.</summary>
    internal bool PeerIsTrusted { get; set; }

    /// <summary>What of the peer's Forwarded (RFC 7239) can be believed, to be continued; null when there is none.</summary>
    internal string? Forwarded { get; set; }

    /// <summary>Value of Max-Forwards for the next hop; null when it goes on as it was sent.</summary>
    internal int? MaxForwards { get; set; }

    /// <summary>What an application around the gateway has put into the response before: it stays, whatever becomes of the request. Null for nothing.</summary>
    internal KeyValuePair<string, StringValues>[]? ApplicationHeaders { get; }

    /// <summary>Among whom the request has a place, until it is over or lasts for ever; null when it has none.</summary>
    internal Places? Place { get; set; }

    // ── tracing ──

    /// <summary>The value of X-Correlation-ID, the client's or one of ours.</summary>
    public string CorrelationId { get; internal set; } = "";

    /// <summary>The W3C traceparent that the service gets; empty before tracing.</summary>
    internal string TraceParent { get; set; } = "";

    /// <summary>Whether the caller's trace goes on; a tracestate without its traceparent means nothing.</summary>
    internal bool TraceIsContinued { get; set; }

    /// <summary>The request's spans; null when nobody records them.</summary>
    internal RequestSpans? Spans { get; set; }

    // ── routing ──

    /// <summary>Brings its service with it.</summary>
    internal Route? Route
    {
        get => _route;
        set => (_route, Service, Timeouts) = (value, value?.Service, value?.Timeouts);
    }

    /// <summary>Who is asked: the route's service, or the one among which it splits its requests; null without a route.</summary>
    internal BackendService? Service { get; set; }

    /// <summary>How long to wait for the service; null without a route.</summary>
    internal TimeoutOptions? Timeouts { get; set; }

    internal RouteMiss Miss { get; set; }

    /// <summary>On WrongMethod: the methods the path does allow, for the Allow header.</summary>
    internal string? Allow { get; set; }

    /// <summary>On UnknownPath, where suggestions are wanted: routes that come near, nearest first, in a few words each; else null.</summary>
    internal IReadOnlyList<string>? NearestRoutes { get; set; }

    /// <summary>The route's rule; for a wrong method that of the path's best route; for an unknown path Required.</summary>
    internal RouteAuth Auth { get; set; } = RouteAuth.Required;

    /// <summary>Name of the route; null when none matches, also where no stage has refused it for that yet.</summary>
    public string? RouteName => _route?.Name;

    /// <summary>Name of the service that is asked; null without a route.</summary>
    public string? ServiceName => Service?.Name;

    // ── authentication ──

    /// <summary>Who is calling; null before authentication, and for anonymous requests.</summary>
    public UserContext? User { get; internal set; }

    // ── rate limiting ──

    /// <summary>Value of RateLimit-Policy: every policy that applies, decided when the configuration was loaded; null for none.</summary>
    internal string? RateLimitPolicyHeader { get; set; }

    /// <summary>Value of RateLimit: what each policy asked so far has left; null for none.</summary>
    internal string? RateLimitHeader { get; set; }

    /// <summary>How long the request has waited for a shared store of limits, at all policies together.</summary>
    internal TimeSpan WaitedForStore { get; set; }

    // ── the application's own stages ──

    private int _stagesPassed;

    /// <summary>An application's stage wants to go on: it may, once, and not with what was refused.</summary>
    /// <param name="number">Its place among them all, from 1 on.</param>
    /// <exception cref="InvalidOperationException">It has gone on before.</exception>
    internal bool PassesStage(int number)
    {
        if (_stagesPassed >= number)
        {
            throw new InvalidOperationException("A stage calls the step after it once for each request; this one did so again.");
        }

        _stagesPassed = number;
        return Error == GatewayError.None;
    }

    // ── refusal ──

    /// <summary>Why the gateway answers by itself, or why the answer broke off; None when the service's answer went through.</summary>
    public GatewayError Error { get; private set; }

    /// <summary>One sentence more than the error's title, for the client; never a secret, never a stack trace.</summary>
    internal string? Detail { get; private set; }

    /// <summary>Value of Retry-After in whole seconds, at least 1; null for none.</summary>
    internal int? RetryAfterSeconds { get; private set; }

    /// <summary>Ends the way: the first refusal stands, and becomes the response when the stages have returned. A stage that refuses does not go on.</summary>
    /// <param name="error">Not <see cref="GatewayError.None"/>; gives the status and the reason.</param>
    /// <param name="detail">One sentence more for the client, without secrets; null for none.</param>
    /// <param name="retryAfter">When asking again may help, rounded up to whole seconds; null to say nothing.</param>
    /// <returns>A completed task, to be returned by the stage.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is no error.</exception>
    public Task Refuse(GatewayError error, string? detail = null, TimeSpan? retryAfter = null)
    {
        if (error is <= GatewayError.None or > GatewayError.Internal)
        {
            throw new ArgumentOutOfRangeException(nameof(error), error, "That is no error to refuse with.");
        }

        if (Error == GatewayError.None)
        {
            Error = error;
            Detail = detail;
            RetryAfterSeconds = retryAfter is { } wait ? (int)Math.Clamp(Math.Ceiling(wait.TotalSeconds), 1, int.MaxValue) : null;
        }

        return Task.CompletedTask;
    }
}
