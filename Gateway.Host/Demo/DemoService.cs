using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Host.Demo;

/// <summary>
/// One demo service: a Kestrel of its own on 127.0.0.1 with a health path, fault knobs at <c>/_fault</c> and the service's resources.
/// </summary>
internal sealed class DemoService : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;

    private DemoService(string name, WebApplication app) => (Name, _app, Port) = (name, app, new Uri(app.Urls.First()).Port);

    public string Name { get; }

    /// <summary>The port it listens on, also when it was free to choose.</summary>
    public int Port { get; }

    /// <summary>Starts listening.</summary>
    /// <param name="name">The service's name.</param>
    /// <param name="port">The port on 127.0.0.1; 0 lets the system choose.</param>
    /// <param name="map">Adds the service's resources.</param>
    /// <param name="clock">Time for the fault knobs.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <param name="protocols">One version: cleartext has no way to choose.</param>
    /// <exception cref="DemoException">The port cannot be listened on.</exception>
    public static async Task<DemoService> StartAsync(
        string name, int port, Action<IEndpointRouteBuilder, DemoAnswers> map, TimeProvider clock, CancellationToken cancellation,
        HttpProtocols protocols = HttpProtocols.Http1)
    {
        WebApplication app = Build(name, port, map, protocols, clock);
        try
        {
            await app.StartAsync(cancellation);
            return new DemoService(name, app);
        }
        catch (Exception failure)
        {
            await app.DisposeAsync();
            if (failure is IOException or System.Net.Sockets.SocketException)
            {
                string why = failure.InnerException?.Message ?? failure.Message;
                string what = $"The demo's {name} service cannot listen on 127.0.0.1:{port} ({why.TrimEnd('.')})";
                throw new DemoException($"{what}; stop what uses that port and try again.", failure);
            }

            throw;
        }
    }

    /// <summary>Stops listening; requests under way have one second to end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static WebApplication Build(
        string name, int port, Action<IEndpointRouteBuilder, DemoAnswers> map, HttpProtocols protocols, TimeProvider clock)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = DemoLimits.JsonBytes;
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = protocols);
        });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = StopTimeout);
        // The usual lifetime would stop the services at SIGTERM, while the gateway still drains requests into them.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();

        var answers = new DemoAnswers(name);
        var faults = new FaultMiddleware(new FaultKnobs(clock), answers, clock);
        WebApplication app = builder.Build();
        app.UseRouting();
        app.Use(faults.InvokeAsync);
        IEndpointRouteBuilder routes = app;
        routes.MapGet("/health", static context => context.Response.WriteAsync("ok", context.RequestAborted));
        routes.MapMethods(FaultMiddleware.Path, ["GET"], faults.ShowAsync);
        routes.MapMethods(FaultMiddleware.Path, ["POST"], faults.TurnAsync);
        map(routes, answers);
        app.UseEndpoints(static _ => { });
        app.Run(context => answers.Refuse(context, StatusCodes.Status404NotFound, "This service has nothing at this path."));
        return app;
    }

    /// <summary>Lives until disposed of.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
