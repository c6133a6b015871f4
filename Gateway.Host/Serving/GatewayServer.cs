using System.Diagnostics;
using System.Text.RegularExpressions;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Configuration;
using Gateway.Core.Reception;
using Gateway.Core.Responses;
using Gateway.Core.Serving;
using Gateway.Host.Admin;
using Gateway.Host.Admin.Live;
using Gateway.Host.Configuration;
using Gateway.Host.Kubernetes;
using Gateway.Host.Logging;
using Gateway.Host.Redis;
using Gateway.Host.Telemetry;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Gateway.Host.Serving;

/// <summary>A running gateway: the pipeline on its public server, the admin server beside it, and the way both end.</summary>
internal sealed partial class GatewayServer : IAsyncDisposable
{
    private readonly GatewayPipeline _pipeline;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly SharedPort? _sharedPort;
    private readonly DrainControl _drain;
    private readonly AdminApi _api;
    private readonly string? _tokenFile;
    private readonly WebApplication _public;
    private readonly WebApplication _admin;
    private volatile HostConfiguration _configuration;
    private readonly OtlpExport? _export;
#if APPMETRICS
    private readonly AppMetricsReports _appMetrics;
#endif
    private volatile bool _isServing;
    private CancellationToken _now;

    private GatewayServer(HostConfiguration configuration, HostLog log, TimeProvider clock)
    {
        (_clock, _log, _configuration) = (clock, log.Loggers.CreateLogger("Gateway"), configuration);
        var access = new KubernetesAccess(configuration.Kubernetes, Environment.GetEnvironmentVariable, configuration.Directory);
        var errors = new ErrorHistory();
        AccessLog finished = (in AccessLogEntry entry) =>
        {
            log.Write(entry);
            errors.Take(entry);
        };
        _pipeline = new GatewayPipeline(configuration.Gateway, log.Loggers, finished, clock, new GatewayExtensions
        {
            StandsAlone = true,
            RateLimitStore = static options => new RedisBuckets(options),
            TokenStore = SharedTokenFile.Connect,
            SuggestsRoutes = configuration.IsDevelopment,
            InstanceSources = new Dictionary<string, InstanceSource>
            {
                [nameof(DiscoveryKind.Kubernetes)] = new KubernetesSource(configuration.Kubernetes, access, _log, clock).FollowAsync,
            },
        });
        _pipeline.Lasting.Traces.SampleRatio = configuration.Telemetry.Traces.SampleRatio;
        _pipeline.Lasting.Metrics.Meter.CreateObservableCounter(
            "gateway_access_log_dropped_total", () => log.Dropped, description: "Log lines that standard output did not take.");
        Reloads = new ReloadHistory(_pipeline.Lasting.Metrics.Meter, clock);
        long startedAt = clock.GetTimestamp();
        int seriesOfRequests = SeriesOfRequests(_pipeline.Parts.Routes.Length);
        _export = OtlpExport.Start(configuration.Telemetry, _pipeline.Lasting.Metrics.Meter, seriesOfRequests, _log);
#if APPMETRICS
        _appMetrics = AppMetricsReports.Start(_pipeline.Lasting.Metrics.Meter, _log, clock);
#endif
        _sharedPort = configuration.ReusePort ? new SharedPort(_log) : null;
        _public = BuildPublic(configuration, log, _pipeline, _sharedPort, clock);
        _drain = new DrainControl(_pipeline);
        _tokenFile = configuration.Admin.TokenFile;
        _api = new AdminApi(_pipeline, configuration.Admin, TokenOf(configuration.Admin),
            () => AdminInfo.Of(Reloads.Status, NotReady(), clock.GetElapsedTime(startedAt)), errors, _drain, () => Reload, () => Configuration, _log, clock);
        _admin = AdminServer.Build(configuration.Admin, configuration.Telemetry, _pipeline.Lasting.Metrics.Meter, seriesOfRequests, NotReady, _api.InvokeAsync, log.Loggers);
    }

    /// <summary>The public server's addresses, with the ports it got.</summary>
    public IReadOnlyList<Uri> PublicAddresses => AddressesOf(_public);

    public Uri AdminAddress => AddressesOf(_admin)[0];

    /// <summary>All that the admin port answers beside metrics and health.</summary>
    public IReadOnlyList<AdminRoute> AdminRoutes => _api.Routes;

    public GatewayPipeline Pipeline => _pipeline;

    /// <summary>The way to a receiver of traces; null when there is none.</summary>
    public OtlpExport? Export => _export;

    /// <summary>What became of configurations that were to follow the first.</summary>
    public ReloadHistory Reloads { get; }

    /// <summary>The configuration in force. What of it only a new process takes on is not.</summary>
    public HostConfiguration Configuration => _configuration;

    /// <summary>Loads the configuration anew and tells what became of it, null when it was not tried; null as long as nobody can.</summary>
    public Func<Task<ReloadStatus?>>? Reload { get; set; }

    /// <summary>The public server's limits; read by it when a request begins.</summary>
    public KestrelServerLimits PublicLimits => _public.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;

    /// <summary>Binds both servers and begins the health checks.</summary>
    /// <exception cref="ServerStartException">An address cannot be bound, a certificate cannot be loaded, a file has become unusable.</exception>
    public static async Task<GatewayServer> StartAsync(HostConfiguration configuration, HostLog log, TimeProvider clock)
    {
        GatewayServer server = Build(configuration, log, clock);
        bool isPublic = false;
        try
        {
            await server._admin.StartAsync();
            isPublic = true;
            await server._public.StartAsync();
            server._pipeline.Start();
            server._isServing = true;
            server._api.Start();
            return server;
        }
        catch (Exception failure) when (IsOfTheSurroundings(failure))
        {
            await server.DisposeAsync();
            throw isPublic ? ServerStartException.OfPublic(configuration.Kestrel, failure) : ServerStartException.OfAdmin(configuration.Admin, failure);
        }
    }

    private static GatewayServer Build(HostConfiguration configuration, HostLog log, TimeProvider clock)
    {
        try
        {
            return new GatewayServer(configuration, log, clock);
        }
        catch (Exception failure) when (failure is ArgumentException || IsOfTheSurroundings(failure))
        {
            throw ServerStartException.OfParts(failure);
        }
    }

    /// <summary>Files, addresses and certificates, as opposed to defects.</summary>
    private static bool IsOfTheSurroundings(Exception failure) => failure is IOException or InvalidOperationException or UnauthorizedAccessException
        or System.Security.Cryptography.CryptographicException or System.Net.Sockets.SocketException or FormatException or NotSupportedException;

    /// <summary>Puts another configuration in force.</summary>
    /// <exception cref="Exception">It cannot be; nothing has changed then.</exception>
    public async Task ApplyAsync(HostConfiguration next)
    {
        await _pipeline.ReloadAsync(next.Gateway);
        _configuration = next;

        // Another file takes effect at the next start, other content of this one now: whoever has changed a token wants the old one gone.
        if (_tokenFile is not null && AdminOptions.ReadToken(_tokenFile, out _) is { } token)
        {
            _api.UseToken(token);
        }
    }

    /// <summary>
    /// Leaves as CONTRACT §6 says: readiness turns 503 and clients are asked to close; new connections are served for DrainDelay, by a
    /// newer process on the same port if there is one;
    /// then the listener closes, WebSockets get close code 1001, and requests in flight have DrainTimeout.
    /// </summary>
    /// <param name="now">Cuts the waiting short, then and in <see cref="DisposeAsync"/>: what is still under way is broken off.</param>
    public async Task StopAsync(CancellationToken now)
    {
        _now = now;
        (TimeSpan delay, TimeSpan limit) = (_pipeline.Parts.Options.Shutdown.DrainDelay, _pipeline.Parts.Options.Shutdown.DrainTimeout);
        ServerLog.Draining(_log, delay);
        _drain.TrySet(DrainState.Shutdown);
        _sharedPort?.HandOver();
        await Task.Delay(delay, _clock, now).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ServerLog.Closing(_log, _pipeline.ActiveRequests, limit);
        using var timeout = new CancellationTokenSource(limit, _clock);
        using var hurry = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, now);
        _pipeline.CloseWebSockets();
        await StopAsync(_public, hurry.Token);
        if (_pipeline.ActiveRequests is > 0 and int active)
        {
            ServerLog.BrokenOff(_log, active);
        }

        await _api.DisposeAsync();
        await StopAsync(_admin, hurry.Token);
    }

    /// <summary>Ends what is left. Figures and spans that wait to be sent have a few seconds, unless the signal to leave at once has come.</summary>
    public async ValueTask DisposeAsync()
    {
        await _public.DisposeAsync();
        await _api.DisposeAsync();
        await _admin.DisposeAsync();
        Task sending = _export?.StopAsync(_now) ?? Task.CompletedTask;
#if APPMETRICS
        await _appMetrics.StopAsync(_now);
        await _appMetrics.DisposeAsync();
#endif
        await sending;
        await (_export?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _pipeline.DisposeAsync();
    }

    /// <summary>Why it should get no requests, in a word; null when it should. The admin port is there before the public one.</summary>
    private string? NotReady() => _pipeline.Lasting.Requests.IsDraining ? "draining"
        : _isServing && !_pipeline.Lasting.Discovery.IsStarting ? null
        : "starting";

    /// <exception cref="ServerStartException">The file has become unusable since it was checked.</exception>
    private static string? TokenOf(AdminOptions admin) => admin.TokenFile is not { } file ? null
        : AdminOptions.ReadToken(file, out string? problem) ?? throw ServerStartException.OfFile(
            $"{SettingsBinder.GatewayKey}:{nameof(Gateway.Host.Configuration.HostOptions.Admin)}:{nameof(AdminOptions.TokenFile)}", file, problem!);

    /// <summary>Room for some forty combinations of method and status on each route, for twice as many routes as there are, since more may come with
    /// another configuration, and the exporter's default at the least.</summary>
    private static int SeriesOfRequests(int routes) => Math.Max(2_000, 2 * 40 * (routes + 1));

    private static async Task StopAsync(WebApplication app, CancellationToken hurry)
    {
        try
        {
            await app.StopAsync(hurry);
        }
        catch (OperationCanceledException)
        {
            // Its time is up: what was still under way has been broken off.
        }
    }

    private static WebApplication BuildPublic(HostConfiguration configuration, HostLog log, GatewayPipeline pipeline, SharedPort? sharedPort, TimeProvider clock)
    {
        var http2Refusals = new Http2Refusals(pipeline.RecordServerRefusal);
        WebApplicationBuilder builder = EmptyApplication.CreateBuilder(http2Refusals.Listening(log.Loggers));
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.Services.Replace(ServiceDescriptor.Singleton<DiagnosticSource>(new ServerRefusals(pipeline.RecordServerRefusal)));
        ProxyProtocol? proxies = configuration.ProxyProtocol == ProxyProtocolMode.Off ? null
            : new ProxyProtocol(new ClientAddress(configuration.Gateway.TrustedProxies), clock, log.Loggers.CreateLogger("Gateway"));

        // QUIC knows no PROXY header: over HTTP/3 clients would come in without one. Nor does it share its port.
        if (proxies is null && sharedPort is null && System.Net.Quic.QuicListener.IsSupported)
        {
            builder.WebHost.UseQuic();
        }

        builder.Services.Configure<SocketTransportOptions>(sockets =>
        {
            ServerSettings.Tune(sockets);
            sockets.CreateBoundListenSocket = sharedPort is null ? sockets.CreateBoundListenSocket : sharedPort.Bind;

            // A request goes on where its bytes arrived, without a switch of threads: nothing on its way may block.
            sockets.UnsafePreferInlineScheduling = true;
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            ServerSettings.Tune(kestrel);
            kestrel.Limits.MaxConcurrentConnections = configuration.MaxConnections ?? ConnectionLimit.OfThisProcess();

            // These run before an endpoint's own TLS.
            kestrel.ConfigureEndpointDefaults(endpoint =>
                ServerSettings.Tune(proxies is null ? endpoint : endpoint.Use(proxies.Use), http2Refusals));
            kestrel.Configure(configuration.Kestrel);
        });

        WebApplication app = builder.Build();
        app.Run(pipeline.InvokeAsync);
        return app;
    }

    private static List<Uri> AddressesOf(WebApplication app) =>
    [
        .. app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses
            .Select(static address => new Uri(AnyAddress().Replace(address, "://localhost"))),
    ];

    /// <summary>Hosts that stand for every address of the machine.</summary>
    [GeneratedRegex(@"://(\*|\+|0\.0\.0\.0|\[::\])(?=[:/]|$)")]
    private static partial Regex AnyAddress();
}
