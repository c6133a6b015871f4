using Gateway.Core.Context;
using Gateway.Core.Reception;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.Reception;

public sealed class UpgradeRequestTests
{
    [Theory]
    [InlineData("GET", true, "websocket", UpgradeForm.Http1)]
    [InlineData("POST", true, "anything", UpgradeForm.Http1)]
    [InlineData("GET", true, null, UpgradeForm.None)]
    [InlineData("GET", false, "websocket", UpgradeForm.None)]
    [InlineData("GET", null, "websocket", UpgradeForm.None)]
    public void Http1_AsksByUpgradeOnAConnectionThatCan(string method, bool? isUpgradable, string? upgrade, object form)
    {
        using var exchange = new FakeExchange(method);
        if (isUpgradable is { } can)
        {
            exchange.Http.Features.Set<IHttpUpgradeFeature>(new Upgradable(can));
        }

        exchange.Http.Request.Headers.Upgrade = upgrade;
        UpgradeRequest.FormOf(exchange.Http).Should().Be((UpgradeForm)form);
    }

    [Theory]
    [InlineData("CONNECT", true, UpgradeForm.ExtendedConnect)]
    [InlineData("CONNECT", false, UpgradeForm.None)]
    [InlineData("CONNECT", null, UpgradeForm.None)]
    [InlineData("GET", true, UpgradeForm.None)]
    public void Http2_AsksByExtendedConnect(string method, bool? isExtended, object form)
    {
        using var exchange = new FakeExchange(method, protocol: "HTTP/2");
        if (isExtended is { } extended)
        {
            exchange.Http.Features.Set<IHttpExtendedConnectFeature>(new Extended(extended, "websocket"));
        }

        UpgradeRequest.FormOf(exchange.Http).Should().Be((UpgradeForm)form);
    }

    [Theory]
    [InlineData("websocket", "websocket")]
    [InlineData("WebSocket", "websocket")]
    [InlineData(" \tchat/2 ", "Chat/2")]
    [InlineData("other, chat/2, websocket", "Chat/2")]
    [InlineData("websocket,chat/2", "websocket")]
    [InlineData(",,websocket", "websocket")]
    [InlineData("chat", null)]
    [InlineData("chat/22", null)]
    [InlineData("websocket chat/2", null)]
    [InlineData("", null)]
    [InlineData(",", null)]
    public void Http1_TheFirstThatTheRoutePassesIsChosenAsTheRouteSpellsIt(string upgrade, string? chosen) =>
        Choose("GET", ["websocket", "Chat/2"], upgrade).Should().Be(chosen);

    [Fact]
    public void Http1_SeveralLinesAreOneList()
    {
        Choose("GET", ["websocket"], "other", "more, websocket").Should().Be("websocket");
        Choose("GET", ["a", "b"], "b", "a").Should().Be("b");
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    public void Http1_WebSocketBeginsWithGetAndOtherProtocolsAsTheyLike(string method)
    {
        Choose(method, ["websocket", "chat"], "websocket").Should().BeNull();
        Choose(method, ["websocket", "chat"], "websocket, chat").Should().Be("chat");
    }

    /// <summary>What the way on compares with must not depend on how a configuration is spelt.</summary>
    [Fact]
    public void WebSocketThatTheRouteSpellsOtherwise_IsAWebSocketStill()
    {
        Choose("GET", ["WebSocket"], "websocket").Should().Be("websocket");
        Choose("POST", ["WebSocket"], "websocket").Should().BeNull();
    }

    [Fact]
    public void RouteThatPassesNone_ChoosesNone() => Choose("GET", [], "websocket").Should().BeNull();

    [Theory]
    [InlineData("websocket", "websocket")]
    [InlineData("WEBSOCKET", "websocket")]
    [InlineData("chat/2", "Chat/2")]
    [InlineData("chat", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void ExtendedConnect_ItsProtocolIsChosenIfTheRoutePassesIt(string? protocol, string? chosen)
    {
        using var exchange = new FakeExchange("CONNECT", protocol: "HTTP/2");
        exchange.Http.Features.Set<IHttpExtendedConnectFeature>(new Extended(true, protocol));
        exchange.Http.Request.Headers.Upgrade = "websocket";
        GatewayContext context = exchange.Context();
        context.UpgradeForm = UpgradeForm.ExtendedConnect;

        UpgradeRequest.Choose(context, RoutePassing("websocket", "Chat/2")).Should().Be(chosen);
    }

    private static string? Choose(string method, string[] passed, params string[] lines)
    {
        using var exchange = new FakeExchange(method);
        exchange.Http.Request.Headers.Upgrade = lines;
        GatewayContext context = exchange.Context();
        context.UpgradeForm = UpgradeForm.Http1;
        return UpgradeRequest.Choose(context, RoutePassing(passed));
    }

    private static Route RoutePassing(params string[] upgrades) => Given.Route(new GatewayRouteOptions { Upgrades = upgrades });

    private sealed class Upgradable(bool can) : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => can;

        public Task<Stream> UpgradeAsync() => throw new InvalidOperationException("Nobody has agreed yet.");
    }

    private sealed class Extended(bool isExtended, string? protocol) : IHttpExtendedConnectFeature
    {
        public bool IsExtendedConnect => isExtended;

        public string? Protocol => protocol;

        public ValueTask<Stream> AcceptAsync() => throw new InvalidOperationException("Nobody has agreed yet.");
    }
}
