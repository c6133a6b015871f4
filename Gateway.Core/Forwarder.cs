using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Proxying;
using Gateway.Core.Reception;
using Gateway.Core.Resilience;
using Gateway.Core.Responses;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Core;

/// <summary>
/// The gateway's proxying by itself: sends a request to an address that the caller names and streams the answer back, with the same care for
/// headers, bodies, upgrades, timeouts and hostile input, but without routes, limits, breaker and retries. Safe from any thread; make one and
/// keep it, since it holds the connections.
/// </summary>
public sealed class Forwarder : IAsyncDisposable
{
    /// <summary>Destinations that one forwarder knows.</summary>
    private const int MaxDestinations = 1_000;

    private readonly ForwarderOptions _options;
    private readonly LastingParts _lasting;
    private readonly RequestReception _reception;
    private readonly RequestFrame _frame;
    private readonly Lock _gate = new();
    private volatile bool _isDisposed;
    private volatile Dictionary<string, Destination> _destinations = new(StringComparer.Ordinal);

    /// <param name="options">Null for the defaults.</param>
    /// <param name="loggers">For events of its own; null to log nothing.</param>
    /// <param name="accessLog">Gets one entry per finished request, as <see cref="GatewayPipeline"/>'s; null for nobody.</param>
    /// <param name="clock">Where time comes from; null for the system's.</param>
    /// <exception cref="GatewayOptionsException">An option is out of its bounds.</exception>
    public Forwarder(ForwarderOptions? options = null, ILoggerFactory? loggers = null, AccessLog? accessLog = null, TimeProvider? clock = null)
    {
        _options = options ?? new ForwarderOptions();
        ThrowIfInvalid(OptionsOf("http://localhost"));
        _lasting = new LastingParts(new DnsOptions(), loggers ?? NullLoggerFactory.Instance, clock ?? TimeProvider.System, new GatewayExtensions());
        _reception = new RequestReception(new ClientAddress(_options.TrustedProxies), _lasting.Clock, isWithinApplication: true);
        _frame = new RequestFrame(_lasting, static () => false, accessLog ?? (static (in _) => { }));
    }

    /// <summary>Sends the request there and the answer back; path and query are the request's own, the path without <see cref="HttpRequest.PathBase"/>.</summary>
    /// <param name="http">The request. Its response must not have begun.</param>
    /// <param name="destination">Scheme, host and port, as in <c>http://10.0.0.4:8004</c>.</param>
    /// <returns>Completes when the client has the answer, or has been told why there is none; the log's entry says which.</returns>
    /// <exception cref="GatewayOptionsException">That is no destination.</exception>
    /// <exception cref="InvalidOperationException">It is the 1,001st of this forwarder, or the forwarder was disposed of.</exception>
    public async Task SendAsync(HttpContext http, string destination)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Destination to = _destinations.TryGetValue(destination, out Destination? known) ? known : Add(destination);
        GatewayContext context = _frame.Open(http, _reception);
        try
        {
            if (context.Error == GatewayError.None)
            {
                context.Route = to.Route;
                await to.Way(context);
            }
        }
        catch (Exception failure)
        {
            _frame.Fail(context, failure);
        }

        await _frame.CloseAsync(context);
    }

    /// <summary>Closes the connections; WebSockets are asked to end. Call it when no request is under way any more.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        // From here on no destination is added.
        await _lasting.UpgradesEnd.CancelAsync();
        foreach (Destination destination in _destinations.Values)
        {
            destination.Connections.Dispose();
            await destination.Mirrors.DisposeAsync();
        }

        await _lasting.DisposeAsync();
    }

    private Destination Add(string url)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);  // Since then.
            if (_destinations.TryGetValue(url, out Destination? known))
            {
                return known;
            }

            if (_destinations.Count == MaxDestinations)
            {
                throw new InvalidOperationException($"A forwarder knows at most {MaxDestinations} destinations; '{url}' is one more.");
            }

            GatewayOptions options = OptionsOf(url);
            ThrowIfInvalid(options);
            var added = new Destination(options, _options, _lasting);
            _destinations = new Dictionary<string, Destination>(_destinations, StringComparer.Ordinal) { [url] = added };
            _lasting.Hosts.Keep(options.Dns, _destinations.Values.Select(static one => one.Route.Service.Instances[0].Address));
            return added;
        }
    }

    private GatewayOptions OptionsOf(string url) => new()
    {
        TrustedProxies = _options.TrustedProxies,
        Services = new Dictionary<string, ServiceOptions>
        {
            [_options.Name] = new()
            {
                Instances = [new InstanceOptions { Url = url }],
                Timeouts = _options.Timeouts,
                Http2 = _options.Http2,
                Concurrency = new ConcurrencyOptions { Adaptive = false, MaxPerInstance = ConcurrencyOptions.Most },
            },
        },
        Routes = new Dictionary<string, GatewayRouteOptions>
        {
            [_options.Name] = new()
            {
                Pattern = "/{**path}",
                Service = _options.Name,
                Auth = RouteAuth.Anonymous,
                EncodedSlash = EncodedSlash.Keep,
                Upgrades = _options.Upgrades,
                MaxRequestBodyBytes = _options.MaxRequestBodyBytes,
            },
        },
    };

    /// <summary>The keys are those of the forwarder's own options.</summary>
    private static void ThrowIfInvalid(GatewayOptions options) =>
        GatewayOptionsException.ThrowIfAny([.. options.Validate().Select(static error => error with { Key = error.Key.Split(':')[^1] })]);

    /// <summary>One address with its connections.</summary>
    private sealed class Destination
    {
        public Destination(GatewayOptions options, ForwarderOptions own, LastingParts lasting)
        {
            ServiceOptions service = options.Services[own.Name];
            Route = new Route(own.Name, 0, options.Routes[own.Name], new BackendService(own.Name, 0, service, lasting.Clock));
            Connections = new ServiceConnections(service, hosts: lasting.Hosts);
            Mirrors = new Mirrors([Route], static (_, _) => throw new InvalidOperationException("Nothing is mirrored."), lasting.Metrics, lasting.Clock);
            GatewayStep send = new ForwardingMiddleware(
                [Connections], [0], new ResponseHeaders(ownsCors: false), Mirrors, lasting.AttemptTimers, lasting.Clock, lasting.UpgradesEnd.Token,
                own.TransformRequest, own.TransformResponse).InvokeAsync;
            Way = new RouteForm(context =>
            {
                ServiceInstance instance = Route.Service.Instances[0];
                if (!instance.Limit.TryEnter())
                {
                    return context.Refuse(GatewayError.Overloaded);
                }

                context.BeginAttempt(instance, default, lasting.Clock.GetTimestamp());
                return send(context);
            }).InvokeAsync;
        }

        public Route Route { get; }

        public ServiceConnections Connections { get; }

        public Mirrors Mirrors { get; }

        public GatewayStep Way { get; }
    }
}
