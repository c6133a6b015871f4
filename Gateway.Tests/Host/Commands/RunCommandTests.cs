using System.Net;
using System.Net.Sockets;
using Gateway.Host.Commands;
using Gateway.Host.Configuration;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Commands;

/// <summary>The ways on which it does not serve; Process/ServingTests has the others, since only a signal ends them.</summary>
public sealed class RunCommandTests
{
    [Fact]
    public async Task WrongConfiguration_Returns1()
    {
        using var files = new ConfigurationFiles();
        files.Write("gateway.json", """{ "Gateway": { "Auht": { } } }""");

        (await RunCommand.RunAsync(files.Inputs(["gateway.json"]))).Should().Be(Gateway.Host.Commands.CommandLine.BadConfiguration);
    }

    [Fact]
    public async Task TakenPort_Returns3WithoutSayingThatItStarted()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        HostConfiguration configuration = ConfigurationFiles.Load("""{ "Gateway": { "Admin": { "Url": "http://127.0.0.1:0" } } }""",
            $"Kestrel:Endpoints:Public:Url=http://{taken.LocalEndpoint}").Configuration!;
        bool started = false;

        int code = await RunCommand.ServeAsync(configuration, _ => started = true);

        (code, started).Should().Be((Gateway.Host.Commands.CommandLine.CouldNotStart, false));
    }
}
