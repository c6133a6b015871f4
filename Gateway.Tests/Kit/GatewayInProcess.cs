using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Host.Logging;
using Gateway.Host.Serving;

namespace Gateway.Tests.Kit;

/// <summary>A gateway in this process.</summary>
internal sealed class GatewayInProcess(GatewayServer server, HostLog log) : ITestedGateway
{
    public GatewayServer Server { get; } = server;

    public Uri Address => Server.PublicAddresses[0];

    public Uri Admin => Server.AdminAddress;

    public int ActiveRequests => Server.Pipeline.ActiveRequests;

    public int InFlight => First.InFlight;

    public CircuitState Circuit => First.Breaker.State;

    private ServiceInstance First => Server.Pipeline.Parts.Services[0].Instances[0];

    public Task StopAsync() => Server.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await Server.StopAsync(now.Token);
        await Server.DisposeAsync();
        await log.DisposeAsync();
    }
}
