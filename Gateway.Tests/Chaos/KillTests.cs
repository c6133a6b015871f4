using System.Net;
using System.Net.Sockets;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Chaos;

/// <summary>A gateway keeps nothing that could be found broken after it was killed.</summary>
public sealed class KillTests
{
    [Fact]
    public async Task GatewayKilledUnderLoad_ServesAtOnceWhenItIsStartedAgain()
    {
        await using TestInstance service = await TestInstance.StartEchoAsync();
        using var files = new ConfigurationFiles();

        // Keeps the port from others while nobody listens there; does not keep a listener from it.
        using var port = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        port.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        files.Write("gateway.json", $$"""
            {
              "Kestrel": { "Endpoints": { "Public": { "Url": "http://{{port.LocalEndPoint}}" } } },
              "Gateway": {
                "Admin": { "Url": "http://127.0.0.1:0" },
                "Services": { "svc": { "Instances": [ { "Url": "{{service.Url}}" } ] } },
                "Routes": { "all": { "Pattern": "/{**rest}", "Service": "svc", "Auth": "Anonymous" } }
              }
            }
            """);
        await using var underLoad = new SteadyLoad(((IPEndPoint)port.LocalEndPoint!).Port, keepAlive: 2, oncePerConnection: 2);

        for (int kill = 0; kill < 2; kill++)
        {
            await using GatewayProcess killed = GatewayProcess.Start(files.Root, "run", "--config", "gateway.json");
            await killed.ServingAsync();
            await underLoad.ServeMoreAsync(200);
            await killed.KillAsync();
        }

        await using GatewayProcess again = GatewayProcess.Start(files.Root, "run", "--config", "gateway.json");
        (Uri address, _) = await again.ServingAsync();
        await using (var load = new SteadyLoad(address.Port, keepAlive: 2, oncePerConnection: 2))
        {
            await load.ServeMoreAsync(200);
            await load.StopAsync();
            load.Failures.Should().BeEmpty("there is nothing to be repaired");
        }

        Directory.EnumerateFileSystemEntries(files.Root).Should().ContainSingle("nothing is left but the configuration");
    }
}
