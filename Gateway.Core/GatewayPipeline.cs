using System.Collections.Concurrent;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.Errors;
using Gateway.Core.LoadBalancing;
using Gateway.Core.Proxying;
using Gateway.Core.RateLimiting;
using Gateway.Core.Reception;
using Gateway.Core.Responses;
using Gateway.Core.Routing;
using Gateway.Core.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Core;

/// <summary>
/// A request's way through the gateway, as a <see cref="RequestDelegate"/> for Kestrel. The only place that knows the order.
/// Safe from any thread; made once from valid options.
/// </summary>
public sealed partial class GatewayPipeline : IAsyncDisposable
{
    /// <summary>How long copies of requests by a configuration that has been replaced may go on: as long as a request may take by default.</summary>
    private static readonly TimeSpan LongestMirroring = TimeSpan.FromSeconds(30);

    private readonly LastingParts _lasting;
    private readonly RequestFrame _frame;

#pragma warning disable CA2213 // Those who wait are let through at the end, to be told; and without its wait handle a semaphore holds nothing.
    private readonly SemaphoreSlim _changing = new(1);

    /// <summary>By one at a time: what one reload begins to follow, another would end.</summary>
    private readonly SemaphoreSlim _reloading = new(1);
#pragma warning restore CA2213
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<GatewaySnapshot, Task> _retired = new();
    private volatile GatewaySnapshot _current;
    private volatile bool _isStarted;

    /// <summary>Set before anything ends; nothing is put in force after that.</summary>
    private volatile bool _isEnded;

    /// <summary>Builds the pipeline. Health checks begin with <see cref="Start"/>.</summary>
    /// <param name="options">What <see cref="GatewayOptions.Validate"/> finds no fault with.</param>
    /// <param name="loggers">For events of the gateway itself; null to log nothing.</param>
    /// <param name="accessLog">Gets one entry per finished request, on the request's thread: it must neither block nor throw. Null for nobody.</param>
    /// <param name="clock">Where time comes from; null for the system's.</param>
    /// <param name="extensions">What an application adds; null for nothing.</param>
    /// <exception cref="GatewayOptionsException">The options are not valid, or name what there is no extension for.</exception>
    public GatewayPipeline(
        GatewayOptions options, ILoggerFactory? loggers = null, AccessLog? accessLog = null, TimeProvider? clock = null, GatewayExtensions? extensions = null)
    {
        GatewayExtensions own = extensions ?? new GatewayExtensions();
        GatewayParts.ThrowIfInvalid(options, own);
        _lasting = new LastingParts(options.Dns, loggers ?? NullLoggerFactory.Instance, clock ?? TimeProvider.System, own);
        _lasting.Discovery.Expect(options.Services);
        PartsMetrics.Register(_lasting);
        _frame = new RequestFrame(_lasting, () => _lasting.Requests.IsDraining, Telling(accessLog ?? (static (in _) => { }), own.RequestRefused));
        _current = Assemble(new GatewayParts(options, _lasting));
        _lasting.PutInForce(_current.Parts);
    }

    /// <summary>Name of the <see cref="System.Diagnostics.Metrics.Meter"/> that its figures are in.</summary>
    public const string MeterName = GatewayMetrics.MeterName;

    /// <summary>Name of the <see cref="System.Diagnostics.ActivitySource"/> that its spans come from.</summary>
    public const string ActivitySourceName = GatewayTraces.SourceName;

    /// <summary>Whether it has been told to leave.</summary>
    public bool IsDraining => _lasting.Requests.IsDraining;

    /// <summary>Whether it should get requests, as <c>/health/ready</c> says: it does not leave, and knows the instances that it was to find.</summary>
    public bool IsReady => !IsDraining && !_lasting.Discovery.IsStarting;

    /// <summary>Requests under way now.</summary>
    public int ActiveRequests => _lasting.Requests.Count;

    /// <summary>Those of the configuration in force.</summary>
    internal GatewayParts Parts => _current.Parts;

    internal LastingParts Lasting => _lasting;

    /// <summary>Configurations that have been replaced and are still used by requests.</summary>
    internal int RetiredConfigurations => _retired.Count;

    private static GatewaySnapshot Assemble(GatewayParts parts)
    {
        LastingParts lasting = parts.Lasting;
        GatewayExtensions own = lasting.Extensions;

        // Top to bottom is the order of travel. What stands before authentication costs little or protects it; routing refuses
        // after it, so that a caller without a token learns nothing about paths (CONTRACT §3).
        Func<GatewayStep, GatewayStep>[] stages =
        [
            next => new HealthEndpoints(next, lasting.Requests, () => lasting.Discovery.IsStarting).InvokeAsync,  // always answers
            next => new OverloadGuard(next, lasting.Places, lasting.OverloadLimit, parts.Options.Overload).InvokeAsync,  // 503
            next => new ServerOptions(next).InvokeAsync,                                         // 200 for OPTIONS *
            next => new RouteLookup(next, parts.Router).InvokeAsync,                             // finds, refuses nothing
            next => new RouteForm(next).InvokeAsync,                                             // 400 413
            next => parts.Options.Cors is { } cors
                ? new CorsMiddleware(next, cors, lasting.Loggers).InvokeAsync                      // 204 for a preflight
                : next,
            .. own.StagesAt(StagePosition.BeforeAuthentication),
            next => new RateLimitMiddleware(next, RateLimitPhase.BeforeAuthentication, parts.RouteLimits, lasting.Clock).InvokeAsync,  // 429 by address, API key
            next => new AuthMiddleware(next, parts.Options.Auth, parts.TokenValidator).InvokeAsync,                  // 401, 503
            next => new AuthorizationMiddleware(next).InvokeAsync,                               // 403
            .. own.StagesAt(StagePosition.AfterAuthentication),
            next => new RateLimitMiddleware(next, RateLimitPhase.AfterAuthentication, parts.RouteLimits, lasting.Clock).InvokeAsync,   // 429 by user
            next => new RoutingMiddleware(next, parts.Router, parts.Splits, parts.Suggestions).InvokeAsync,         // 404 405
            next => new MaxForwards(next).InvokeAsync,                                           // 200 for an OPTIONS that ends here, 400
            .. own.StagesAt(StagePosition.BeforeProxying),
            next => new SelectionMiddleware(next, parts.Selectors, lasting.Clock).InvokeAsync,                  // 503
            _ => new ForwardingMiddleware(parts.Connections, parts.StripSegments, parts.ResponseHeaders, parts.Mirrors, lasting.AttemptTimers, lasting.Clock, lasting.UpgradesEnd.Token, own.TransformRequest, own.TransformResponse).InvokeAsync,  // 502 504 499
        ];

        GatewayStep attempt = static _ => throw new InvalidOperationException("There is a selection.");
        GatewayStep way = static _ => throw new InvalidOperationException("The forwarder is the end of the way.");
        for (int i = stages.Length - 1; i >= 0; i--)
        {
            way = stages[i](way);
            if (i == stages.Length - 2)
            {
                attempt = way;
            }
        }

        return new GatewaySnapshot(parts, way, new RequestRetries(attempt, parts.Selectors, lasting.Metrics, lasting.Clock));
    }

    /// <summary>Handles one request; completes when the response has been handed to the server. What goes wrong on the way becomes an answer.</summary>
    public async Task InvokeAsync(HttpContext http)
    {
        _lasting.Requests.Enter();
        GatewaySnapshot snapshot = Use();
        try
        {
            GatewayContext context = _frame.Open(http, snapshot.Parts.Reception);
            try
            {
                if (context.Error == GatewayError.None)
                {
                    await snapshot.Way(context);
                    if (context.MayRetry != Retry.Never)
                    {
                        await snapshot.Retries.RunAsync(context);
                    }
                }
            }
            catch (Exception failure)
            {
                _frame.Fail(context, failure);
            }

            await _frame.CloseAsync(context);
        }
        finally
        {
            snapshot.Leave();
            _lasting.Requests.Leave();
        }
    }

    /// <summary>The log, and behind it the application's ear for what was refused.</summary>
    private AccessLog Telling(AccessLog log, AccessLog? refused) => refused is null ? log : (in entry) =>
    {
        log(entry);
        if (entry.Error is not null)
        {
            try
            {
                refused(entry);
            }
            catch (Exception failure)
            {
                PipelineLog.ListenerFailed(_lasting.Log, nameof(GatewayExtensions.RequestRefused), failure);
            }
        }
    };

    private GatewaySnapshot Use()
    {
        while (true)
        {
            GatewaySnapshot current = _current;
            current.Enter();
            if (current == _current)
            {
                return current;
            }

            current.Leave();
        }
    }

    /// <summary>
    /// Counts and logs a request that the server refused by itself, before there was an <see cref="HttpContext"/>: a malformed head, one
    /// over a limit, one that came too slowly. Kestrel tells of each by the diagnostic event
    /// <c>Microsoft.AspNetCore.Server.Kestrel.BadRequest</c>. Its answer is its own: status, no content, end of the connection.
    /// Does nothing for a request whose answer has begun, since that one has its line already.
    /// </summary>
    /// <param name="request">The event's payload.</param>
    internal void RecordServerRefusal(IFeatureCollection request)
    {
        if (request.Get<IBadRequestExceptionFeature>()?.Error is BadHttpRequestException refusal
            && request.Get<IHttpResponseFeature>() is { HasStarted: false })
        {
            _frame.Record(_current.Parts.Reception.OpenRefused(new DefaultHttpContext(request), refusal.StatusCode), refusal.StatusCode);
        }
    }

    /// <summary>Begins to resolve host names, to find instances and to check them. Until those that are to be found are known, or
    /// <see cref="DiscoveryOptions.StartTimeout"/> is over, <c>/health/ready</c> is 503. Once.</summary>
    /// <exception cref="InvalidOperationException">It was started before; <c>AddGateway</c> does it by itself.</exception>
    public void Start()
    {
        // Not in the middle of a reload, which would follow and check what has not begun to be. One before the start waits for nobody.
        _reloading.Wait();
        try
        {
            ObjectDisposedException.ThrowIf(_isEnded, this);
            if (_isStarted)
            {
                throw new InvalidOperationException("The pipeline has been started already.");
            }

            _isStarted = true;
            _lasting.StartMeasuring();
            _ = Parts.BeginAsync();
            _lasting.Discovery.Start(Parts.Options.Services, TakeInstancesAsync);
        }
        finally
        {
            _reloading.Release();
        }
    }

    /// <summary>Asks WebSockets to end: both sides get close code 1001 (RFC 6455 §7.4.1) and a few seconds to answer. Call it when the
    /// listener closes, so that clients do not come straight back; from now on a new WebSocket gets the same at once.</summary>
    public void CloseWebSockets() => _lasting.UpgradesEnd.Cancel();

    /// <summary>Ends health checks and connections, after a reload under way. Call it when no request is under way any more; a second call does
    /// nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isEnded, true))
        {
            return;
        }

        // Reloads wait for what is to be found, which ends here; none puts another snapshot in force once these two are held.
        await _lasting.Discovery.DisposeAsync();
        await _reloading.WaitAsync();
        await _changing.WaitAsync();
        await _ending.CancelAsync();
        GatewayParts parts = Parts;
        foreach (BackendService service in parts.Services)
        {
            await parts.Checkers[service.Index].DisposeAsync();
        }

        await parts.DisposeAsync();
        foreach ((GatewaySnapshot retired, Task disposing) in _retired)
        {
            retired.Abandon();
            await disposing;
        }

        await _lasting.DisposeAsync();
        _ending.Dispose();

        // Whoever waits for these is told that it has ended.
        _changing.Release();
        _reloading.Release();
    }
}
