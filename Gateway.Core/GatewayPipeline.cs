using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.Errors;
using Gateway.Core.LoadBalancing;
using Gateway.Core.Proxying;
using Gateway.Core.RateLimiting;
using Gateway.Core.Reception;
using Gateway.Core.Responses;
using Gateway.Core.Routing;
using Gateway.Core.Tracing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Gateway.Core;

/// <summary>
/// A request's way through the gateway, as a <see cref="RequestDelegate"/> for Kestrel. The only place that knows the order.
/// Safe from any thread; made once from valid options.
/// </summary>
public sealed class GatewayPipeline : IAsyncDisposable
{
    private readonly GatewayParts _parts;
    private readonly StandardHeaders _headers;
    private readonly ResponseCompletion _completion;
    private readonly GatewayStep _way;
    private readonly RequestRetries _retries;

    /// <summary>Builds the pipeline. Health checks begin with <see cref="Start"/>.</summary>
    /// <param name="options">What <see cref="GatewayOptions.Validate"/> finds no fault with.</param>
    /// <param name="loggers">For events of the gateway itself.</param>
    /// <param name="accessLog">Gets one entry per finished request, on the request's thread: it must neither block nor throw.</param>
    /// <param name="clock">Where time comes from; null for the system's.</param>
    /// <exception cref="ArgumentException">The options are not valid.</exception>
    public GatewayPipeline(GatewayOptions options, ILoggerFactory loggers, AccessLog accessLog, TimeProvider? clock = null)
        : this(new GatewayParts(options, loggers, clock ?? TimeProvider.System), accessLog)
    {
    }

    internal GatewayPipeline(GatewayParts parts, AccessLog accessLog)
    {
        _parts = parts;
        _headers = new StandardHeaders(() => parts.Requests.IsDraining);
        _completion = new ResponseCompletion(parts.Metrics, accessLog, parts.Clock);

        // Top to bottom is the order of travel. What stands before authentication costs little or protects it; routing refuses
        // after it, so that a caller without a token learns nothing about paths (CONTRACT §3).
        Func<GatewayStep, GatewayStep>[] stages =
        [
            next => new HealthEndpoints(next, parts.Requests).InvokeAsync,                       // always answers
            next => new ServerOptions(next).InvokeAsync,                                         // 200 for OPTIONS *
            next => new RouteLookup(next, parts.Router).InvokeAsync,                             // finds, refuses nothing
            next => new RouteForm(next).InvokeAsync,                                             // 400 413
            next => parts.Options.Cors is { } cors
                ? new CorsMiddleware(next, cors, parts.Loggers).InvokeAsync                      // 204 for a preflight
                : next,
            next => new RateLimitMiddleware(next, RateLimitPhase.BeforeAuthentication, parts.RouteLimits, parts.Clock).InvokeAsync,  // 429 by address, API key
            next => new AuthMiddleware(next, parts.Options.Auth, parts.TokenValidator).InvokeAsync,                  // 401, 503
            next => new AuthorizationMiddleware(next).InvokeAsync,                               // 403
            next => new RateLimitMiddleware(next, RateLimitPhase.AfterAuthentication, parts.RouteLimits, parts.Clock).InvokeAsync,   // 429 by user
            next => new RoutingMiddleware(next, parts.Router, parts.Splits).InvokeAsync,         // 404 405
            next => new MaxForwards(next).InvokeAsync,                                           // 200 for an OPTIONS that ends here, 400
            next => new SelectionMiddleware(next, parts.Selectors, parts.Clock).InvokeAsync,                  // 503
            _ => new Forwarder(parts.Connections, parts.StripSegments, parts.ResponseHeaders, parts.Mirrors, parts.AttemptTimers, parts.Clock, parts.UpgradesEnd.Token).InvokeAsync,  // 502 504 499
        ];

        GatewayStep attempt = static _ => throw new InvalidOperationException("There is a selection."), way = static _ => throw new InvalidOperationException("The forwarder is the end of the way.");
        for (int i = stages.Length - 1; i >= 0; i--)
        {
            way = stages[i](way);
            if (i == stages.Length - 2)
            {
                attempt = way;
            }
        }

        (_way, _retries) = (way, new RequestRetries(attempt, parts.Selectors, parts.Metrics, parts.Clock));
    }

    /// <summary>Requests under way now.</summary>
    public int ActiveRequests => _parts.Requests.Count;

    internal GatewayParts Parts => _parts;

    /// <summary>Handles one request; completes when the response has been handed to the server. What goes wrong on the way becomes an answer.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        _parts.Requests.Enter();
        try
        {
            GatewayContext context = _parts.Reception.Open(http);
            RequestTracing.Name(context);
            _headers.Register(context);
            try
            {
                if (context.Error == GatewayError.None)
                {
                    await _way(context);
                    if (context.MayRetry != Retry.Never)
                    {
                        await _retries.RunAsync(context);
                    }
                }
            }
            catch (Exception failure)
            {
                _ = context.Refuse(ErrorOf(failure, context));
            }
            finally
            {
                context.End();
            }

            await _completion.FinishAsync(context);
        }
        finally
        {
            _parts.Requests.Leave();
        }
    }

    private GatewayError ErrorOf(Exception failure, GatewayContext context)
    {
        if (failure is OperationCanceledException && context.Http.RequestAborted.IsCancellationRequested)
        {
            return GatewayError.ClientClosed;
        }

        PipelineLog.RequestDefect(_parts.Log, context.CorrelationId, failure);
        return GatewayError.Internal;
    }

    /// <summary>
    /// Counts and logs a request that the server refused by itself, before there was an <see cref="HttpContext"/>: a malformed head, one
    /// over a limit, one that came too slowly. Kestrel tells of each by the diagnostic event
    /// <c>Microsoft.AspNetCore.Server.Kestrel.BadRequest</c>. Its answer is its own: status, no content, end of the connection.
    /// Does nothing for a request whose answer has begun, since that one has its line already.
    /// </summary>
    /// <param name="request">The event's payload.</param>
    public void RecordServerRefusal(IFeatureCollection request)
    {
        if (request.Get<IBadRequestExceptionFeature>()?.Error is BadHttpRequestException refusal
            && request.Get<IHttpResponseFeature>() is { HasStarted: false })
        {
            GatewayContext context = _parts.Reception.OpenRefused(new DefaultHttpContext(request), refusal.StatusCode);
            RequestTracing.Name(context);
            _completion.Record(context, refusal.StatusCode);
        }
    }

    /// <summary>Begins the health checks. Once.</summary>
    public void Start() => _parts.HealthChecker.Start();

    /// <summary>From now on <c>/health/ready</c> is 503 and every response asks its client to close the connection.</summary>
    public void StartDraining() => _parts.Requests.StartDraining();

    /// <summary>Asks WebSockets to end: both sides get close code 1001 (RFC 6455 §7.4.1) and a few seconds to answer. Call it when the
    /// listener closes, so that clients do not come straight back; from now on a new WebSocket gets the same at once.</summary>
    public void CloseWebSockets() => _parts.UpgradesEnd.Cancel();

    /// <summary>Ends health checks and connections. Call it when no request is under way any more.</summary>
    public ValueTask DisposeAsync() => _parts.DisposeAsync();
}
