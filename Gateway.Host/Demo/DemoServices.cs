using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Host.Demo;

/// <summary>Where the demo's services listen.</summary>
internal enum DemoPorts
{
    /// <summary>The ports of the specification.</summary>
    OfTheSpec,

    /// <summary>Any that are free.</summary>
    Any,
}

/// <summary>The spec's seven services, a gRPC echo and a WebSocket service, running inside this process behind real sockets.</summary>
internal sealed class DemoServices(TimeProvider clock) : IAsyncDisposable
{
    private readonly List<DemoService> _running = [];

    /// <summary>The spec's ports, and the two others', by the service's name.</summary>
    public static IReadOnlyDictionary<string, int> FixedPorts { get; } =
        Plan(TimeProvider.System).ToDictionary(static service => service.Name, static service => service.Port).AsReadOnly();

    /// <summary>The ports that are listened on, by the service's name.</summary>
    public IReadOnlyDictionary<string, int> Ports => _running.ToDictionary(static service => service.Name, static service => service.Port);

    /// <summary>Starts all, or none.</summary>
    /// <param name="ports">Take <see cref="FixedPorts"/>; otherwise any that are free.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="DemoException">A port cannot be listened on.</exception>
    public async Task StartAsync(DemoPorts ports, CancellationToken cancellation)
    {
        foreach ((string name, int port, Action<IEndpointRouteBuilder, DemoAnswers> map, HttpProtocols protocols) in Plan(clock))
        {
            try
            {
                _running.Add(await DemoService.StartAsync(name, ports == DemoPorts.OfTheSpec ? port : 0, map, clock, cancellation, protocols));
            }
            catch
            {
                await DisposeAsync();
                throw;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        DemoService[] running = [.. _running];
        _running.Clear();
        await Task.WhenAll(running.Select(static service => service.DisposeAsync().AsTask()));
    }

    /// <summary>The spec's names and ports, and fresh services for them; two of no spec listen beside their range.</summary>
    private static PlannedService[] Plan(TimeProvider clock) =>
    [
        new("auth", 8001, new AuthService(new DemoSessions(clock)).Map),
        new("profile", 8002, new ProfileService().Map),
        new("product", 8004, new ProductService(new ProductCatalogue()).Map),
        new("cart", 8007, new CartService().Map),
        new("order", 8008, new OrderService().Map),
        new("payment", 8009, new PaymentService().Map),
        new("notify", 8011, new NotifyService().Map),
        new("echo", 8021, static (routes, _) => EchoService.Map(routes), HttpProtocols.Http2),
        new("socket", 8022, SocketService.Map),
    ];

    private sealed record PlannedService(
        string Name, int Port, Action<IEndpointRouteBuilder, DemoAnswers> Map, HttpProtocols Protocols = HttpProtocols.Http1);
}
