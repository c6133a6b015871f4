using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.LoadBalancing;
using Gateway.Core.Proxying;
using Gateway.Core.RateLimiting;
using Gateway.Core.Reception;
using Gateway.Core.Routing;
using Gateway.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace Gateway.Core;

/// <summary>Everything a pipeline is made of, made once from one set of options, in one readable column. Owns what must be disposed.</summary>
internal sealed class GatewayParts : IAsyncDisposable
{
    private readonly HttpMessageInvoker _authConnections;
    private readonly HttpMessageInvoker _healthConnections;

    /// <param name="options">Checked here once more: parts are never made of invalid options.</param>
    /// <param name="loggers">For events of the gateway itself.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <exception cref="ArgumentException">The options are not valid; the message names every error.</exception>
    public GatewayParts(GatewayOptions options, ILoggerFactory loggers, TimeProvider clock)
    {
        if (options.Validate() is { Count: > 0 } errors)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, errors), nameof(options));
        }

        (Options, Loggers, Clock) = (options, loggers, clock);
        Log = loggers.CreateLogger("Gateway");
        Requests = new InFlightRequests();
        Reception = new RequestReception(new ClientAddress(options.TrustedProxies), clock);
        Services = [.. options.Services.OrderBy(static service => service.Key, StringComparer.Ordinal)
            .Select((service, index) => new BackendService(service.Key, index, service.Value, clock, PipelineLog.Watcher(Log)))];
        Routes = [.. options.Routes.OrderBy(static route => route.Key, StringComparer.Ordinal)
            .Select((route, index) => new Route(route.Key, index, route.Value, Services.First(service => service.Name == route.Value.Service)))];
        Router = new Router(Routes);
        Splits = [.. Routes.Select(route => ServiceSplit.Of(route, Services))];
        RouteLimits = RouteLimits.Build(options.RateLimits, options.DefaultRateLimits, options.RateLimitStore, Routes, clock);
        _authConnections = new HttpMessageInvoker(ServiceConnections.CreateHandler(options.Auth.Timeout));
        TokenValidator = options.Auth.IsConfigured ? new TokenValidator(options.Auth, _authConnections, clock) : null;
        Selectors = [.. Services.Select(static service => new InstanceSelector(service))];
        Connections = [.. Services.Select(static service => new ServiceConnections(service.Options))];
        AttemptTimers = new AttemptTimers(clock);
        StripSegments = [.. Routes.Select(static route => StripSegmentsOf(route.Options))];
        ResponseHeaders = new ResponseHeaders(ownsCors: options.Cors is not null);
        _healthConnections = HealthChecker.CreateInvoker();
        HealthChecker = new HealthChecker(Services, _healthConnections, clock);
        Metrics = new GatewayMetrics();
        Mirrors = new Mirrors(Routes, MirrorOf, Metrics, clock);
        PartsMetrics.Register(this);
    }

    public GatewayOptions Options { get; }

    public ILoggerFactory Loggers { get; }

    public ILogger Log { get; }

    public TimeProvider Clock { get; }

    public InFlightRequests Requests { get; }

    /// <summary>Fires when what has been upgraded is to end: WebSockets say goodbye.</summary>
    public CancellationTokenSource UpgradesEnd { get; } = new();

    public RequestReception Reception { get; }

    public BackendService[] Services { get; }

    public Route[] Routes { get; }

    public Router Router { get; }

    /// <summary>By the route's index; null for a route that asks one service alone.</summary>
    public ServiceSplit?[] Splits { get; }

    public RouteLimits RouteLimits { get; }

    public TokenValidator? TokenValidator { get; }

    public InstanceSelector[] Selectors { get; }

    public ServiceConnections[] Connections { get; }

    public AttemptTimers AttemptTimers { get; }

    /// <summary>Leading segments that a route's service does not see, by the route's index.</summary>
    public int[] StripSegments { get; }

    public ResponseHeaders ResponseHeaders { get; }

    public HealthChecker HealthChecker { get; }

    public GatewayMetrics Metrics { get; }

    public Mirrors Mirrors { get; }

    public async ValueTask DisposeAsync()
    {
        await HealthChecker.DisposeAsync();
        await Mirrors.DisposeAsync();
        foreach (ServiceConnections connections in Connections)
        {
            connections.Dispose();
        }

        AttemptTimers.Dispose();
        TokenValidator?.Dispose();
        _authConnections.Dispose();
        _healthConnections.Dispose();
        Metrics.Dispose();
        UpgradesEnd.Dispose();
    }

    private MirrorTarget MirrorOf(string name, CancellationToken stop)
    {
        BackendService service = Services.First(service => service.Name == name);
        InstanceSelector selector = Selectors[service.Index];
        return new MirrorTarget(
            service,
            Connections[service.Index],
            () => selector.Select() is { Instance: { } instance } chosen ? (instance, chosen.Pass) : null,
            AttemptTimers,
            stop);
    }

    private static int StripSegmentsOf(RouteOptions route) =>
        route.StripPrefix is { } prefix ? RoutePattern.Parse(route.Pattern, out _)!.SegmentsOf(prefix)!.Value : 0;
}
