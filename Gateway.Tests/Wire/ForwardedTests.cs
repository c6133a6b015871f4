using System.Text.Json;
using Gateway.Core;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>Forwarded (RFC 7239) between proxies, gateway and service.</summary>
public sealed class ForwardedTests
{
    [Fact]
    public async Task UntrustedPeer_IsNotBelieved()
    {
        (string seen, string client) = await AskAsync("Forwarded: for=198.51.100.1;proto=https");

        client.Should().Be("127.0.0.1");
        seen.Should().NotContain("Forwarded: for").And.Contain("\r\nX-Forwarded-For: 127.0.0.1\r\n");
    }

    [Fact]
    public async Task TrustedPeer_IsBelievedAndContinued()
    {
        (string seen, string client) = await AskAsync("Forwarded: for=6.6.6.6, for=198.51.100.1;proto=https", "127.0.0.1");

        client.Should().Be("198.51.100.1");
        seen.Should().Contain("\r\nForwarded: for=6.6.6.6, for=198.51.100.1;proto=https, for=127.0.0.1;proto=http;host=\"shop.example\"\r\n")
            .And.Contain("\r\nX-Forwarded-For: 198.51.100.1, 127.0.0.1\r\n");
    }

    [Fact]
    public async Task TrustedPeerThatSendsNone_GetsNone()
    {
        (string seen, _) = await AskAsync("X-Forwarded-For: 198.51.100.1", "127.0.0.1");

        seen.Should().NotContain("\r\nForwarded:");
    }

    [Fact]
    public async Task BothHeaders_AreContinuedAndXForwardedForDecides()
    {
        (string seen, string client) = await AskAsync("Forwarded: for=192.0.2.1\r\nX-Forwarded-For: 198.51.100.1", "127.0.0.1");

        client.Should().Be("198.51.100.1");
        seen.Should().Contain("\r\nForwarded: for=192.0.2.1, for=127.0.0.1;").And.Contain("\r\nX-Forwarded-For: 198.51.100.1, 127.0.0.1\r\n");
    }

    /// <summary>A client opens a quote that its proxy's element would close: the proxy is believed all the same, the client not.</summary>
    [Fact]
    public async Task QuoteThatAClientLeftOpen_HidesNothingOfItsProxy()
    {
        (string seen, string client) = await AskAsync("Forwarded: for=\"6.6.6.6\r\nForwarded: for=198.51.100.1;host=\"a\"", "127.0.0.1");

        client.Should().Be("198.51.100.1");
        seen.Should().Contain("\r\nForwarded: for=198.51.100.1;host=\"a\", for=127.0.0.1;").And.NotContain("6.6.6.6");
    }

    [Theory]
    [InlineData("Forwarded: for=198.51.100.1 and more")]
    [InlineData("Forwarded: 198.51.100.1")]
    [InlineData("Forwarded: for=\"198.51.100.1")]
    [InlineData("Forwarded:")]
    public async Task MalformedHeader_IsAsIfAbsent(string header)
    {
        (string seen, string client) = await AskAsync(header, "127.0.0.1");

        client.Should().Be("127.0.0.1");
        seen.Should().NotContain("\r\nForwarded:").And.NotContain("198.51.100.1");
    }

    [Theory]
    [InlineData("for=198.51.100.1, for=unknown")]
    [InlineData("for=198.51.100.1, for=_gazonk")]
    public async Task HiddenClient_IsTheLastAddressKnown(string forwarded)
    {
        (string seen, string client) = await AskAsync($"Forwarded: {forwarded}", "127.0.0.1");

        client.Should().Be("127.0.0.1");
        seen.Should().Contain($"\r\nForwarded: {forwarded}, for=127.0.0.1;").And.Contain("\r\nX-Forwarded-For: 127.0.0.1\r\n");
    }

    /// <summary>The request as the service got it, and the client in the log.</summary>
    private static async Task<(string Seen, string Client)> AskAsync(string headers, params string[] trusted)
    {
        await using var instance = new RecordingInstance();
        GatewayOptions options = TestOptions.For(instance.Url) with { TrustedProxies = trusted };
        await using TestGateway gateway = await TestGateway.StartAsync(options);
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync($"GET /a HTTP/1.1\r\nHost: shop.example\r\nX-Correlation-ID: asked\r\n{headers}\r\n\r\n");

        (await client.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 200 ");
        JsonElement line = await gateway.LogLineAsync("asked");
        return (instance.Requests.Single(), line.GetProperty("client_ip").GetString()!);
    }
}
