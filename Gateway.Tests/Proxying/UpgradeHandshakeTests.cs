using System.Net;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Gateway.Tests.Proxying;

public sealed class UpgradeHandshakeTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeExchange _exchange = new();
    private readonly ClientSide _client = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly HalfCloseGate _gate;
    private readonly Http2Instance _http2Instance = new();
    private readonly ServiceConnections _http1 = new(new ServiceOptions());
    private readonly ServiceConnections _http2;
    private HttpResponseMessage? _response;

    public UpgradeHandshakeTests()
    {
        _http2 = new ServiceConnections(new ServiceOptions { Http2 = true }, _http2Instance);
        _gate = new HalfCloseGate(_closed.Token);
        _exchange.Http.Features.Set<IHttpUpgradeFeature>(_client);
        _exchange.Http.Features.Set<IHttpExtendedConnectFeature>(_client);
        _exchange.Http.Features.Set<IHttpMinRequestBodyDataRateFeature>(_client);
        _exchange.Http.Features.Set(_gate);
        _exchange.Http.Request.Headers["Sec-WebSocket-Key"] = WebSockets.Key;
    }

    public void Dispose()
    {
        _response?.Dispose();
        _exchange.Dispose();
        _client.Dispose();
        _gate.Dispose();
        _closed.Dispose();
        _http1.Dispose();
        _http2.Dispose();
        _http2Instance.Dispose();
    }

    [Fact]
    public void AcceptFor_IsTheRfcsExample() => UpgradeHandshake.AcceptFor(WebSockets.Key).Should().Be(WebSockets.Accept);

    [Fact]
    public void IsWebSocket_ForThatProtocolAlone() =>
        (Handshake(_http1).IsWebSocket, Handshake(_http1, protocol: "chat").IsWebSocket).Should().Be((true, false));

    [Fact]
    public async Task Http1ToHttp1_TheClientsKeyAndTheInstancesAnswerPass()
    {
        UpgradeHandshake handshake = Handshake(_http1);
        string asked = await SendAsync(handshake, WebSockets.Accepted);

        asked.Should().StartWith("GET / HTTP/1.1\r\n").And.Contain("Connection: Upgrade\r\n").And.Contain("Upgrade: websocket\r\n")
            .And.Contain($"Sec-WebSocket-Key: {WebSockets.Key}\r\n");
        (handshake.IsAccepted(_response!), handshake.FaultOf(_response!)).Should().Be((true, null));

        _exchange.Headers["Sec-WebSocket-Accept"] = "as the instance says";
        UpgradedSides sides = await AcceptAsync(handshake);
        (_exchange.Http.Response.StatusCode, _exchange.Headers.Upgrade.ToString()).Should().Be((101, "websocket"));
        _exchange.Headers["Sec-WebSocket-Accept"].ToString().Should().Be("as the instance says");
        (sides.Client, sides.EndAnswer).Should().Be((_client.Upgraded, null));
        sides.Connection.Should().NotBeNull();
    }

    [Fact]
    public async Task Accepting_LeavesNoLengthAndNoReasonAndShutsTheGate()
    {
        UpgradeHandshake handshake = Handshake(_http1);
        await SendAsync(handshake, WebSockets.Accepted);
        _exchange.Http.Response.ContentLength = 9;
        _exchange.Http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = "As the instance says";

        await AcceptAsync(handshake);
        await _closed.CancelAsync();

        _exchange.Http.Response.ContentLength.Should().BeNull();
        _exchange.Http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase.Should().BeNull();
        _gate.Closed.IsCancellationRequested.Should().BeFalse();
        _client.MinDataRate.Should().NotBeNull("that is HTTP/2's");
    }

    [Fact]
    public async Task Accepting_TakesTheInstancesConnectionOver()
    {
        UpgradeHandshake handshake = Handshake(_http1);
        await SendAsync(handshake, WebSockets.Accepted);
        UpgradedSides sides = await AcceptAsync(handshake);

        // Its end, which the instance has reached, leaves ours open.
        (await sides.Instance.ReadAsync(new byte[1].AsMemory())).Should().Be(0);
        await sides.Connection!.CloseWritingAsync();
    }

    [Fact]
    public async Task ExtendedConnectToHttp1_TheKeyIsOurOwnAndItsAnswerStaysHere()
    {
        UpgradeHandshake handshake = Handshake(_http1, UpgradeForm.ExtendedConnect);
        string key = "";
        await SendAsync(handshake, asked =>
        {
            key = asked.Split("Sec-WebSocket-Key: ")[1].Split("\r\n")[0];
            return WebSockets.Accepted.Replace(WebSockets.Accept, UpgradeHandshake.AcceptFor(key), StringComparison.Ordinal);
        });

        Convert.FromBase64String(key).Should().HaveCount(16);
        key.Should().NotBe(WebSockets.Key);
        handshake.FaultOf(_response!).Should().BeNull();

        _exchange.Headers["Sec-WebSocket-Accept"] = "ours";
        UpgradedSides sides = await AcceptAsync(handshake);
        (_exchange.Http.Response.StatusCode, _exchange.Headers.ContainsKey("Sec-WebSocket-Accept")).Should().Be((200, false));
        _exchange.Headers.ContainsKey("Upgrade").Should().BeFalse();
        sides.Client.Should().BeSameAs(_client.Tunnel);
        sides.EndAnswer.Should().NotBeNull();
        _client.MinDataRate.Should().BeNull("a silent WebSocket is no slow upload");
    }

    [Fact]
    public async Task ExtendedConnectToHttp1_AnswerThatDoesNotFitTheKeyIsAFault()
    {
        UpgradeHandshake handshake = Handshake(_http1, UpgradeForm.ExtendedConnect);
        await SendAsync(handshake, WebSockets.Accepted);
        handshake.FaultOf(_response!).Should().Contain("Sec-WebSocket-Accept");
    }

    [Fact]
    public async Task ExtendedConnectOfAnotherProtocol_HasNoKey()
    {
        UpgradeHandshake handshake = Handshake(_http1, UpgradeForm.ExtendedConnect, "chat");
        string asked = await SendAsync(handshake, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\n\r\n", withKey: false);
        asked.Should().NotContain("Sec-WebSocket-Key");
        handshake.FaultOf(_response!).Should().BeNull();
    }

    [Theory]
    [InlineData("Upgrade: WebSocket\r\n", true)]
    [InlineData("Upgrade: websocket, other\r\n", false)]
    [InlineData("Upgrade: other\r\n", false)]
    [InlineData("", false)]
    public async Task Http1_SwitchToAnotherProtocolIsAFault(string upgrade, bool isFine)
    {
        UpgradeHandshake handshake = Handshake(_http1);
        await SendAsync(handshake, $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n{upgrade}\r\n");
        (handshake.FaultOf(_response!) is null).Should().Be(isFine);
    }

    [Theory]
    [InlineData(UpgradeForm.Http1)]
    [InlineData(UpgradeForm.ExtendedConnect)]
    public async Task ToHttp2_IsAnExtendedConnectWithoutContentOrKey(object form)
    {
        UpgradeHandshake handshake = Handshake(_http2, (UpgradeForm)form);
        using HttpRequestMessage message = Message("http://instance/", withKey: true);
        message.Content = new ByteArrayContent([]);

        _response = await handshake.SendAsync(message, CancellationToken.None);

        (message.Method, message.Headers.Protocol).Should().Be((HttpMethod.Connect, "websocket"));
        message.Content.Should().BeNull();
        message.Headers.Should().NotContainKeys("Sec-WebSocket-Key", "Connection", "Upgrade");
    }

    [Theory]
    [InlineData("websocket", WebSockets.Accept)]
    [InlineData("chat", "")]
    public async Task Http1ToHttp2_TheAnswerToAWebSocketsKeyIsMadeHere(string protocol, string accept)
    {
        UpgradeHandshake handshake = Handshake(_http2, protocol: protocol);
        using HttpRequestMessage message = Message("http://instance/", withKey: true);
        _response = await handshake.SendAsync(message, CancellationToken.None);

        UpgradedSides sides = await AcceptAsync(handshake);

        (_exchange.Http.Response.StatusCode, _exchange.Headers.Upgrade.ToString()).Should().Be((101, protocol));
        _exchange.Headers["Sec-WebSocket-Accept"].ToString().Should().Be(accept);
        (sides.Client, sides.Connection).Should().Be((_client.Upgraded, null));
    }

    [Theory]
    [InlineData(101, true, false)]
    [InlineData(200, false, true)]
    [InlineData(403, false, false)]
    [InlineData(502, false, false)]
    public void Http1Instance_AcceptsBy101AndEveryOtherStatusIsAnAnswer(int status, bool http1, bool http2)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        Handshake(_http1).IsAccepted(response).Should().Be(http1);
        Handshake(_http2).IsAccepted(response).Should().Be(http2);
        Handshake(_http2).FaultOf(response).Should().BeNull();
        (Handshake(_http1).FaultOf(response) is null).Should().Be(status != 101);
    }

    [Theory]
    [InlineData(UpgradeForm.ExtendedConnect, 200, true)]
    [InlineData(UpgradeForm.ExtendedConnect, 204, true)]
    [InlineData(UpgradeForm.ExtendedConnect, 101, false)]
    [InlineData(UpgradeForm.ExtendedConnect, 403, false)]
    [InlineData(UpgradeForm.Http1, 200, false)]
    public void SuccessWithoutASwitch_WouldBeConsentToAnHttp2ClientAlone(object form, int status, bool isSilent)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        Handshake(_http1, (UpgradeForm)form).IsSilentlyDeclined(response).Should().Be(isSilent);
        Handshake(_http2, (UpgradeForm)form).IsSilentlyDeclined(response).Should().BeFalse();
    }

    private UpgradeHandshake Handshake(ServiceConnections connections, UpgradeForm form = UpgradeForm.Http1, string protocol = "websocket")
    {
        GatewayContext context = _exchange.Context();
        (context.UpgradeForm, context.Upgrade) = (form, protocol);
        return new UpgradeHandshake(context, connections);
    }

    private Task<string> SendAsync(UpgradeHandshake handshake, string answer, bool withKey = true) => SendAsync(handshake, _ => answer, withKey);

    /// <summary>What the instance was asked; it ends its direction once it has answered.</summary>
    private async Task<string> SendAsync(UpgradeHandshake handshake, Func<string, string> answer, bool withKey = true)
    {
        string asked = "";
        await using var instance = new ScriptedInstance(async connection =>
        {
            asked = await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(answer(asked));
            connection.CloseWriting();
            await connection.ReadToEndAsync();
        });
        using HttpRequestMessage message = Message(instance.Url, withKey);
        _response = await handshake.SendAsync(message, CancellationToken.None).WaitAsync(Patience);
        return asked;
    }

    private static HttpRequestMessage Message(string url, bool withKey)
    {
        var message = new HttpRequestMessage(HttpMethod.Get, url);
        if (withKey)
        {
            message.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", WebSockets.Key);
        }

        return message;
    }

    private Task<UpgradedSides> AcceptAsync(UpgradeHandshake handshake) => handshake.AcceptAsync(_response!, CancellationToken.None);

    private sealed class ClientSide : IHttpUpgradeFeature, IHttpExtendedConnectFeature, IHttpMinRequestBodyDataRateFeature, IDisposable
    {
        public MemoryStream Upgraded { get; } = new();

        public MemoryStream Tunnel { get; } = new();

        public bool IsUpgradableRequest => true;

        public bool IsExtendedConnect => true;

        public string? Protocol => "websocket";

        public MinDataRate? MinDataRate { get; set; } = new(240, TimeSpan.FromSeconds(5));

        public Task<Stream> UpgradeAsync() => Task.FromResult<Stream>(Upgraded);

        public ValueTask<Stream> AcceptAsync() => ValueTask.FromResult<Stream>(Tunnel);

        public void Dispose()
        {
            Upgraded.Dispose();
            Tunnel.Dispose();
        }
    }

    private sealed class Http2Instance : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
    }
}
