using System.Net;
using System.Net.WebSockets;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Demo;

public sealed class SocketServiceTests
{
    [Fact]
    public async Task User_IsGreetedAndHearsEachMessageAgain()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(SocketService.Map);
        using ClientWebSocket client = await ConnectAsync(service, "alice");
        string longMessage = new('x', 10_000);

        (await WebSockets.ReceiveTextAsync(client)).Should().Be("Hello alice: what you say comes back.\n");
        await WebSockets.SendAsync(client, "one");
        (await WebSockets.ReceiveTextAsync(client)).Should().Be("one");
        await WebSockets.SendAsync(client, longMessage);
        (await WebSockets.ReceiveTextAsync(client)).Should().Be(longMessage);
    }

    [Theory]
    [InlineData("", "\u0003\u00e8")]
    [InlineData("\u0003\u00e8", "\u0003\u00e8")]
    [InlineData("\u0003\u00e9bye", "\u0003\u00e9bye")]
    public async Task Close_IsAnsweredWithTheSameCodeOr1000(string sent, string answered)
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(SocketService.Map);
        using RawConnection client = await RawConnection.ToAsync(service.Client.BaseAddress!.Port);
        await client.SendAsync(WebSockets.Request(headers: "X-User-ID: alice\r\n").Replace("/live", "/socket", StringComparison.Ordinal));
        await client.ReadUntilAsync("comes back.\n");

        await client.SendAsync(WebSockets.Frame(8, sent, masked: true));

        (await client.ReadToEndAsync()).Should().Be(WebSockets.Frame(8, answered, masked: false));
    }

    [Fact]
    public async Task PlainRequest_Is400()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(SocketService.Map);
        (await service.SendAsync("GET", "/socket", user: "alice")).Status.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task NoUser_Is401()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(SocketService.Map);
        Func<Task> connect = () => ConnectAsync(service, user: null);
        (await connect.Should().ThrowAsync<WebSocketException>()).WithMessage("*'401'*");
    }

    private static async Task<ClientWebSocket> ConnectAsync(RunningDemoService service, string? user)
    {
        var client = new ClientWebSocket();
        if (user is not null)
        {
            client.Options.SetRequestHeader("X-User-ID", user);
        }

        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{service.Client.BaseAddress!.Port}/socket"), CancellationToken.None);
        return client;
    }
}
