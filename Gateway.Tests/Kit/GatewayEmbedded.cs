using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Core.Responses;
using Gateway.Host.Admin;
using Gateway.Host.Configuration;
using Gateway.Host.Logging;
using Gateway.Host.Redis;
using Gateway.Host.Serving;
using Gateway.Host.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Kit;

/// <summary>An ordinary application of ASP.NET Core with endpoints and middleware of its own, and the gateway beside them; its figures on a port
/// of their own.</summary>
internal sealed class GatewayEmbedded : ITestedGateway
{
    /// <summary>What the application's own endpoint answers.</summary>
    public const string OwnPath = "/own/hello", OwnAnswer = "hello from the application", OwnEcho = "/own/echo";

    private static readonly bool IsMapped = Environment.GetEnvironmentVariable("GATEWAY_UNDER_TEST") == "mapped";

    private readonly WebApplication _app;
    private readonly WebApplication _admin;
    private readonly HostLog _log;

    private GatewayEmbedded(WebApplication app, WebApplication admin, HostLog log) => (_app, _admin, _log) = (app, admin, log);

    public Uri Address => AddressOf(_app);

    public Uri Admin => AddressOf(_admin);

    public GatewayPipeline Pipeline => _app.Services.GetRequiredService<GatewayPipeline>();

    public int ActiveRequests => Pipeline.ActiveRequests;

    public int InFlight => First.InFlight;

    public CircuitState Circuit => First.Breaker.State;

    private ServiceInstance First => Pipeline.Parts.Services[0].Instances[0];

    public static async Task<GatewayEmbedded> StartAsync(
        GatewayOptions options, IReadOnlyList<(string Key, string Value)> endpoint, LogMemory memory, TimeProvider clock, Action<IServiceCollection>? change = null)
    {
        var log = new HostLog(memory, clock);
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection([new("Kestrel:Endpoints:Public:Url", "http://127.0.0.1:0")])
            .AddInMemoryCollection(endpoint.Select(static key => new KeyValuePair<string, string?>($"Kestrel:Endpoints:Public:{key.Key}", key.Value)));
        builder.Logging.ClearProviders().AddProvider(new Loggers(log.Loggers));
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton<AccessLog>(log.Write);
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host =>
            host.ShutdownTimeout = options.Shutdown.DrainDelay + options.Shutdown.DrainTimeout);
        builder.Services.AddSingleton(new GatewayExtensions { RateLimitStore = static store => new RedisBuckets(store), TokenStore = SharedTokenFile.Connect });
        builder.Services.AddGateway(options);
        builder.WebHost.UseGatewayServer();
        change?.Invoke(builder.Services);
        WebApplication app = builder.Build();
        app.Use(static (http, next) => next(http));
        if (IsMapped)
        {
            app.MapGateway();
        }
        else
        {
            app.UseGateway();
        }

        app.MapGet(OwnPath, static () => OwnAnswer);
        app.MapPost(OwnEcho, static async http => await http.Request.Body.CopyToAsync(http.Response.Body));
        GatewayPipeline pipeline = app.Services.GetRequiredService<GatewayPipeline>();
        _ = new ReloadHistory(pipeline.Lasting.Metrics.Meter, clock);
        pipeline.Lasting.Metrics.Meter.CreateObservableCounter("gateway_access_log_dropped_total", () => log.Dropped);
        WebApplication admin = AdminServer.Build(new AdminOptions { Url = "http://127.0.0.1:0" }, new TelemetryOptions(), pipeline.Lasting.Metrics.Meter, 2_000,
            () => pipeline.Lasting.Requests.IsDraining ? "draining" : null,
            static http =>
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }, log.Loggers);
        await admin.StartAsync();
        await app.StartAsync();
        return new GatewayEmbedded(app, admin, log);
    }

    public Task StopAsync() => _app.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await StopAsync(_app, now.Token);
        await StopAsync(_admin, now.Token);
        await _app.DisposeAsync();
        await _admin.DisposeAsync();
        await _log.DisposeAsync();
    }

    private static async Task StopAsync(WebApplication app, CancellationToken now)
    {
        try
        {
            await app.StopAsync(now);
        }
        catch (OperationCanceledException)
        {
            // What was under way is broken off.
        }
    }

    private static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>The log of the test, as one of the application's.</summary>
    private sealed class Loggers(ILoggerFactory loggers) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => loggers.CreateLogger(categoryName);

        public void Dispose()
        {
            // They belong to the test.
        }
    }
}
