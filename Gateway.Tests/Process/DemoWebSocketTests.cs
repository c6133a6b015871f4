using System.Text;
using System.Text.RegularExpressions;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;
using OSProcess = System.Diagnostics.Process;

namespace Gateway.Tests.Process;

/// <summary>The guide's WebSocket lines: what a shell makes of them, sent to the demo as curl would send it.</summary>
public sealed class DemoWebSocketTests : IAsyncLifetime
{
    private ConfigurationFiles _folder = null!;
    private GatewayProcess _demo = null!;
    private string _guide = "";
    private int _port;

    public async Task InitializeAsync()
    {
        var folder = new ConfigurationFiles();
        (_folder, _demo) = (folder, GatewayProcess.Start(folder.Root, "demo", "--any-ports"));
        _guide = (await _demo.Output.MatchAsync(new Regex("The gateway serves(.|\n)*circuit_state\\)'\n"))).Value;
        _port = int.Parse(Regex.Match(_guide, @"telnet://localhost:(\d+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    public async Task DisposeAsync()
    {
        await _demo.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task LineWithTheToken_Is101AGreetingAndTheEcho()
    {
        using RawConnection client = await RawConnection.ToAsync(_port);
        await client.SendAsync(await SentByAsync(Calls()[0]));

        (await client.ReadUntilAsync("\r\n\r\n")).Should().StartWith("HTTP/1.1 101 ");
        (await client.ReadToEndAsync()).Should().Be(
            WebSockets.Frame(1, SocketService.Greeting("alice"), masked: false) + WebSockets.Frame(1, "hello", masked: false)
            + WebSockets.Frame(8, "\u0003\u00e8", masked: false));
    }

    [Fact]
    public async Task LineWithoutTheToken_Is401()
    {
        using RawConnection client = await RawConnection.ToAsync(_port);
        await client.SendAsync(await SentByAsync(Calls()[1]));
        (await client.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 401 ");
    }

    private string[] Calls() => [.. _guide.Split('\n').Where(static line => line.StartsWith("ws '", StringComparison.Ordinal))];

    /// <summary>Runs the guide's function and one call of it, with a curl that only shows what it would send, and nothing to sleep for.</summary>
    private async Task<string> SentByAsync(string call)
    {
        string function = Regex.Match(_guide, "^ws\\(\\) \\{(.|\n)*?; \\}$", RegexOptions.Multiline).Value;
        var start = new System.Diagnostics.ProcessStartInfo("/bin/sh", ["-c", $"curl() {{ cat; }}\nsleep() {{ :; }}\n{function}\n{call}"])
        {
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.Latin1,
        };
        using OSProcess shell = OSProcess.Start(start)!;
        string sent = await shell.StandardOutput.ReadToEndAsync().WaitAsync(GatewayProcess.Patience);
        await shell.WaitForExitAsync().WaitAsync(GatewayProcess.Patience);
        return sent;
    }
}
