using System.Net.WebSockets;
using System.Text.Json;
using Gateway.Core.Reception;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Wire;

/// <summary>Close code 1001 on both sides when the gateway leaves (CONTRACT §6), between two frames whatever is under way.</summary>
public sealed class UpgradeDrainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task IdleWebSocket_BothSidesGet1001AndTheGatewayLeavesOnceTheyAnswered(bool http2)
    {
        var atService = new TaskCompletionSource<WebSocketCloseStatus?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestInstance instance = await TestInstance.StartAsync(WebSockets.Service(async (socket, _) =>
        {
            await WebSockets.EchoAsync(socket);
            atService.SetResult(socket.CloseStatus);
        }));
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url), endpoint: ("Protocols", http2 ? "Http2" : "Http1"));
        using ClientWebSocket client = await WebSockets.ConnectAsync(gateway, http2, "drained");
        await WebSockets.SendAsync(client, "hello");
        await WebSockets.ReceiveTextAsync(client);

        Task stopping = gateway.StopAsync();
        await WebSockets.ReceiveMessageAsync(client);
        client.CloseStatus.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        (await atService.Task.WaitAsync(Patience)).Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        try
        {
            await client.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, null, CancellationToken.None);
        }
        catch (WebSocketException) when (http2)
        {
            // Both sides have their 1001; a connection that was told to go (GOAWAY) was seen to be closed before this answer to it.
        }

        await stopping.WaitAsync(Patience);
        JsonElement line = await gateway.LogLineAsync("drained");
        (line.TryGetProperty("error", out JsonElement error) ? error.GetString() : null).Should().BeNull();
    }

    [Fact]
    public async Task StreamOfFrames_IsCutAtAFramesEndAndNothingFollowsTheClose()
    {
        string frame = WebSockets.Frame(2, new string('x', 70_001), masked: false);
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(WebSockets.Accepted);
            while (true)
            {
                await connection.SendAsync(frame);
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync(WebSockets.Request("flood"));
        await client.ReadUntilAsync("\r\n\r\n");
        int seen = (await client.ReadExactlyAsync(frame.Length * 10)).Length;

        Task stopping = gateway.StopAsync();
        string rest = await client.ReadUntilAsync(WebSockets.GoingAway);

        ((rest.Length - WebSockets.GoingAway.Length) % frame.Length).Should().Be(0);
        seen.Should().Be(frame.Length * 10);
        await client.SendAsync(WebSockets.Frame(8, "\u0003\u00e9", masked: true));
        (await client.ReadToEndAsync()).Should().BeEmpty();
        await stopping.WaitAsync(Patience);
    }

    [Fact]
    public async Task FrameUnderWay_IsFinishedBeforeTheClose()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        string frame = WebSockets.Frame(1, "hello, world", masked: false);
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(WebSockets.Accepted + frame[..5]);
            string close = await connection.ReadExactlyAsync(8);
            close[..2].Should().Be("\u0088\u0082", "a Close frame to a server is masked");
            await go.Task;
            await connection.SendAsync(frame[5..] + frame + WebSockets.Frame(8, "", masked: false));
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync(WebSockets.Request());
        await client.ReadUntilAsync("\r\n\r\n");
        await client.ReadExactlyAsync(5);

        Task stopping = gateway.StopAsync();
        go.SetResult();

        (await client.ReadExactlyAsync(frame.Length - 5 + 4)).Should().Be(frame[5..] + WebSockets.GoingAway);
        await client.SendAsync(WebSockets.Frame(8, "\u0003\u00e9", masked: true));
        (await client.ReadToEndAsync()).Should().BeEmpty();
        await stopping.WaitAsync(Patience);
    }

    [Fact]
    public async Task PeersThatDoNotAnswer_AreWaitedForBriefly()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(WebSockets.Accepted);
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(instance.Url) with { Shutdown = new ShutdownOptions { DrainDelay = TimeSpan.FromSeconds(7) } }, clock);
        using RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync(WebSockets.Request("mute"));
        await client.ReadUntilAsync("\r\n\r\n");

        Task stopping = gateway.StopAsync();
        client.Received.Should().BeEmpty("WebSockets are told when the listener closes, not before");
        clock.Advance(TimeSpan.FromSeconds(7));
        (await client.ReadExactlyAsync(4)).Should().Be(WebSockets.GoingAway);
        stopping.IsCompleted.Should().BeFalse();
        clock.Advance(TimeSpan.FromSeconds(5));

        (await client.ReadToEndAsync()).Should().BeEmpty();
        await stopping.WaitAsync(Patience);
        JsonElement line = await gateway.LogLineAsync("mute");
        (line.GetProperty("status_code").GetInt32(), line.TryGetProperty("error", out _)).Should().Be((101, false));
    }

    [Fact]
    public async Task WebSocketDuringTheDrainDelay_IsServedAndItsConnectionHeaderStaysUpgrade()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using TestInstance instance = await TestInstance.StartAsync(WebSockets.Service(static (socket, _) => WebSockets.EchoAsync(socket)));
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(instance.Url) with { Shutdown = new ShutdownOptions { DrainDelay = TimeSpan.FromSeconds(7) } }, clock);
        Task stopping = gateway.StopAsync();

        using RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync(WebSockets.Request());
        (await client.ReadUntilAsync("\r\n\r\n")).Should().StartWith("HTTP/1.1 101 ").And.Contain("Connection: Upgrade").And.NotContain("close");
        string frame = WebSockets.Frame(1, "hello", masked: true);
        await client.SendAsync(frame);
        (await client.ReadExactlyAsync(7)).Should().Be(WebSockets.Frame(1, "hello", masked: false));

        clock.Advance(TimeSpan.FromSeconds(7));
        (await client.ReadExactlyAsync(4)).Should().Be(WebSockets.GoingAway);
        await client.SendAsync(WebSockets.Frame(8, "\u0003\u00e9", masked: true));
        (await client.ReadToEndAsync()).Should().BeEmpty();
        await stopping.WaitAsync(Patience);
    }
}
