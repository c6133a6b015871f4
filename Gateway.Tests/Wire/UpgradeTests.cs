using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests.Wire;

/// <summary>WebSockets through the gateway, with the framework's client and service at the ends.</summary>
public sealed class UpgradeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(false, false, 101)]
    [InlineData(true, false, 200)]
    [InlineData(false, true, 101)]
    [InlineData(true, true, 200)]
    public async Task Echo_ComesBackAndTheWholeLeavesOneLineInTheLog(bool http2Client, bool http2Service, int status)
    {
        var seen = new ConcurrentQueue<string>();
        await using TestInstance instance = await TestInstance.StartAsync(
            WebSockets.Service((socket, http) =>
            {
                seen.Enqueue($"{http.Request.Headers["X-Correlation-ID"]} {http.Request.Path}{http.Request.QueryString} {http.Request.Headers["X-Forwarded-For"]}");
                return WebSockets.EchoAsync(socket);
            }),
            http2Service ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using TestGateway gateway = await StartAsync(instance, http2Client, http2Service);

        using ClientWebSocket client = await WebSockets.ConnectAsync(gateway, http2Client, "one-line");
        await WebSockets.SendAsync(client, "hello");
        string echo = await WebSockets.ReceiveTextAsync(client);
        gateway.ActiveRequests.Should().Be(1);
        gateway.InFlight.Should().Be(1);
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None).WaitAsync(Patience);

        echo.Should().Be("hello");
        client.CloseStatus.Should().Be(WebSocketCloseStatus.NormalClosure);
        client.CloseStatusDescription.Should().Be("bye");
        seen.Should().Equal("one-line /live?a=%2F 127.0.0.1");
        JsonElement line = await gateway.LogLineAsync("one-line");
        line.GetProperty("status_code").GetInt32().Should().Be(status);
        line.GetProperty("level").GetString().Should().Be("info");
        line.TryGetProperty("error", out _).Should().BeFalse();

        // Masked frames of "hello" and of a Close with "bye" one way, unmasked the other.
        line.GetProperty("bytes_in").GetInt64().Should().Be(6 + 5 + 6 + 5);
        line.GetProperty("bytes_out").GetInt64().Should().Be(2 + 5 + 2 + 5);
        gateway.LogLines.Count(static one => one.TryGetProperty("status_code", out _)).Should().Be(1);
        SpinWait.SpinUntil(() => gateway.ActiveRequests == 0, Patience).Should().BeTrue();
        gateway.InFlight.Should().Be(0);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task LargeMessages_InManyFramesAndInOne_ComeBackByteForByte(bool http2Client, bool http2Service)
    {
        await using TestInstance instance = await TestInstance.StartAsync(
            WebSockets.Service(static (socket, _) => WebSockets.EchoAsync(socket)), http2Service ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using TestGateway gateway = await StartAsync(instance, http2Client, http2Service);
        byte[] message = RandomNumberGenerator.GetBytes(1 << 20);

        using ClientWebSocket client = await WebSockets.ConnectAsync(gateway, http2Client);
        (await EchoAsync(client, message, piece: 10_000)).Should().Equal(message);
        (await EchoAsync(client, message, piece: message.Length)).Should().Equal(message);
    }

    [Fact]
    public async Task TwoHundredAtOnce_EachGetsItsOwnEchoAndNothingIsLeft()
    {
        await using TestInstance instance = await TestInstance.StartAsync(WebSockets.Service(static (socket, _) => WebSockets.EchoAsync(socket)));
        await using TestGateway gateway = await StartAsync(instance);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(async number =>
        {
            using ClientWebSocket client = await WebSockets.ConnectAsync(gateway, correlationId: $"many-{number}");
            for (int i = 0; i < 20; i++)
            {
                await WebSockets.SendAsync(client, $"{number}/{i}");
                (await WebSockets.ReceiveTextAsync(client)).Should().Be($"{number}/{i}");
            }

            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        })).WaitAsync(TimeSpan.FromMinutes(2));

        SpinWait.SpinUntil(() => gateway.ActiveRequests == 0, Patience).Should().BeTrue();
        gateway.InFlight.Should().Be(0);
        for (int number = 0; number < 200; number++)
        {
            (await gateway.LogLineAsync($"many-{number}")).GetProperty("status_code").GetInt32().Should().Be(101);
        }
    }

    /// <summary>Over HTTP/2 the client resets its stream with its answer, which may be lost by that.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServiceThatSaysCloseAndEnds_ClientThatAnswersIsNoClientThatLeft(bool http2Client)
    {
        await using TestInstance instance = await TestInstance.StartAsync(WebSockets.Service(
            static (socket, _) => socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None)));
        await using TestGateway gateway = await StartAsync(instance, http2Client);
        for (int i = 0; i < 5; i++)
        {
            using ClientWebSocket client = await WebSockets.ConnectAsync(gateway, http2Client, $"done-{i}");
            await WebSockets.ReceiveMessageAsync(client);
            client.CloseStatusDescription.Should().Be("done");
            await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

            (await gateway.LogLineAsync($"done-{i}")).TryGetProperty("error", out _).Should().BeFalse();
        }
    }

    [Fact]
    public async Task Subprotocol_IsAgreedOnByTheEnds()
    {
        await using TestInstance instance = await TestInstance.StartAsync(WebSockets.Service(static (socket, _) => WebSockets.EchoAsync(socket), "chat.v2"));
        await using TestGateway gateway = await StartAsync(instance);
        using var client = new ClientWebSocket();
        client.Options.AddSubProtocol("chat.v1");
        client.Options.AddSubProtocol("chat.v2");

        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{gateway.Address.Port}/"), gateway.Client, CancellationToken.None);

        client.SubProtocol.Should().Be("chat.v2");
    }

    [Fact]
    public async Task ExtendedConnect_WhoseServiceOnlyAnswersIsNotTakenForAccepted()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await StartAsync(instance, http2Client: true);

        Func<Task> connecting = () => WebSockets.ConnectAsync(gateway, http2: true, "only-200");

        await connecting.Should().ThrowAsync<WebSocketException>();
        JsonElement line = await gateway.LogLineAsync("only-200");
        (line.GetProperty("status_code").GetInt32(), line.GetProperty("error").GetString()).Should().Be((502, "upstream_bad_response"));
    }

    [Fact]
    public async Task ExtendedConnect_ForAProtocolThatTheRouteDoesNotPassIs400()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(instance.Url).WithRoute(TestOptions.AnyPath with { Upgrades = [] }), endpoint: ("Protocols", "Http2"));

        Func<Task> connecting = () => WebSockets.ConnectAsync(gateway, http2: true, "refused");

        await connecting.Should().ThrowAsync<WebSocketException>();
        (await gateway.LogLineAsync("refused")).GetProperty("status_code").GetInt32().Should().Be(400);
        instance.Requests.Should().Be(0);
    }

    [Fact]
    public async Task Http2ServiceWithoutExtendedConnect_Is502AndItsCircuitStaysClosed()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            // A connection preface is answered by SETTINGS without ENABLE_CONNECT_PROTOCOL.
            await connection.ReadUntilAsync("SM\r\n\r\n");
            await connection.SendAsync("\0\0\0\u0004\0\0\0\0\0");
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Http2 = true, CircuitBreaker = new() { FailureThreshold = 1 } }, instance.Url));

        for (int i = 0; i < 3; i++)
        {
            Func<Task> connecting = () => WebSockets.ConnectAsync(gateway, correlationId: $"no-{i}");
            await connecting.Should().ThrowAsync<WebSocketException>();
            (await gateway.LogLineAsync($"no-{i}")).GetProperty("error").GetString().Should().Be("upstream_bad_response");
        }
    }

    /// <summary>Sends one message in frames of so many bytes, and receives it meanwhile.</summary>
    private static async Task<byte[]> EchoAsync(ClientWebSocket client, byte[] message, int piece)
    {
        Task sending = SendAsync();
        byte[] echo = await WebSockets.ReceiveMessageAsync(client);
        await sending;
        return echo;

        async Task SendAsync()
        {
            for (int at = 0; at < message.Length; at += piece)
            {
                int end = Math.Min(at + piece, message.Length);
                await client.SendAsync(message.AsMemory(at..end), WebSocketMessageType.Binary, end == message.Length, CancellationToken.None);
            }
        }
    }

    private static Task<TestGateway> StartAsync(TestInstance instance, bool http2Client = false, bool http2Service = false) =>
        TestGateway.StartAsync(
            TestOptions.For(new ServiceOptions { Http2 = http2Service }, instance.Url),
            endpoint: ("Protocols", http2Client ? "Http2" : "Http1"));
}
