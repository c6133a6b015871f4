using System.Net;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Reception;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Reception;

public sealed class RequestReceptionTests : IDisposable
{
    private readonly TickingClock _clock = new(1_000);
    private FakeExchange _exchange = new();

    public void Dispose() => _exchange.Dispose();

    [Fact]
    public void WellFormedTarget_OpensTheRequestWithItsPathAndQuery()
    {
        GatewayContext context = Open("/a/../b%2Fc?q=%2e");

        (context.Path, context.Query, context.HasEncodedSlash, context.Error).Should().Be(("/b%2Fc", "?q=%2e", true, GatewayError.None));
    }

    [Fact]
    public void MalformedTarget_IsOpenedAndRefused400WithTheReason()
    {
        GatewayContext context = Open("/a\\b?q");

        (context.Error, context.Detail).Should().Be((GatewayError.BadRequest, "The path contains a backslash."));
        (context.Path, context.Query).Should().Be(("/", ""));
    }

    [Fact]
    public void StartedAt_IsTheClocks()
    {
        _clock.AdvanceTicks(42);
        Open("/").StartedAt.Should().Be(42);
    }

    [Fact]
    public void ClientOfAnUntrustedPeer_IsThePeer()
    {
        GatewayContext context = Open("/", "203.0.113.9", "198.51.100.1");

        (context.ClientIpText, context.PeerIsTrusted).Should().Be(("203.0.113.9", false));
    }

    [Fact]
    public void ClientOfATrustedPeer_IsWhomItSpeaksFor()
    {
        GatewayContext context = Open("/", "10.1.2.3", "198.51.100.1");

        (context.ClientIpText, context.PeerIsTrusted).Should().Be(("198.51.100.1", true));
        context.ClientIp.Should().Be(IPAddress.Parse("198.51.100.1"));
    }

    [Fact]
    public void MappedPeer_IsWrittenAsIPv4() => Open("/", "::ffff:203.0.113.9").ClientIpText.Should().Be("203.0.113.9");

    [Fact]
    public void ConnectionWithoutAnAddress_IsOpenedAllTheSame() => Open("/", peer: null).ClientIp.Should().Be(IPAddress.None);

    [Theory]
    [InlineData("10.1.2.3", "for=198.51.100.1")]
    [InlineData("203.0.113.9", null)]
    public void Forwarded_IsKeptOfATrustedPeerAlone(string peer, string? kept) =>
        Open("/", peer, forwarded: "for=broken broken, for=198.51.100.1").Forwarded.Should().Be(kept);

    private GatewayContext Open(string target, string? peer = "203.0.113.9", string? forwardedFor = null, string? forwarded = null)
    {
        _exchange.Dispose();
        _exchange = new FakeExchange(target: target);
        _exchange.Http.Connection.RemoteIpAddress = peer is null ? null : IPAddress.Parse(peer);
        _exchange.Http.Request.Headers["X-Forwarded-For"] = forwardedFor;
        _exchange.Http.Request.Headers["Forwarded"] = forwarded;
        return new RequestReception(new ClientAddress(["10.0.0.0/8"]), _clock).Open(_exchange.Http);
    }
}
