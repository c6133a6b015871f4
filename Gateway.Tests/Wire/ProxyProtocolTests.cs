using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Core;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Wire;

/// <summary>Clients that come through proxies which speak the PROXY protocol.</summary>
public sealed class ProxyProtocolTests
{
    private const string Request = "GET /a HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: asked\r\nX-Forwarded-For: 198.51.100.1\r\n\r\n";

    public static TheoryData<byte[], string> Headers => new()
    {
        { ProxyHeaders.Text("203.0.113.9"), "203.0.113.9" },
        { ProxyHeaders.Text("2001:db8::9"), "2001:db8::9" },
        { ProxyHeaders.Binary("203.0.113.9", extensions: 1_000), "203.0.113.9" },
        { ProxyHeaders.Binary("2001:db8::9"), "2001:db8::9" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task ConveyedAddress_IsTheClient_WhoseOwnWordsAreNotBelieved(byte[] header, string client)
    {
        (string seen, string? logged) = await AskAsync([.. header, .. Bytes(Request)], "127.0.0.1");

        logged.Should().Be(client);
        seen.Should().Contain($"\r\nX-Forwarded-For: {client}\r\n").And.NotContain("198.51.100.1");
    }

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task HeaderByteByByte_IsTheSame(byte[] header, string client)
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartBehindProxiesAsync(OptionsFor(instance.Url, "127.0.0.1"));
        using RawConnection connection = await gateway.ConnectAsync();

        foreach (byte part in (byte[])[.. header, .. Bytes(Request)])
        {
            await connection.SendAsync((byte[])[part]);
        }

        (await connection.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 200 ");
        instance.Requests.Single().Should().Contain($"\r\nX-Forwarded-For: {client}\r\n");
    }

    [Fact]
    public async Task ConveyedAddressOfATrustedProxy_IsBelievedAboutItsClient()
    {
        (string seen, string? logged) = await AskAsync([.. ProxyHeaders.Text("10.0.0.7"), .. Bytes(Request)], "127.0.0.1", "10.0.0.0/8");

        logged.Should().Be("198.51.100.1");
        seen.Should().Contain("\r\nX-Forwarded-For: 198.51.100.1, 10.0.0.7\r\n");
    }

    public static TheoryData<byte[]> WithoutSource =>
    [
        Bytes("PROXY UNKNOWN\r\n"),
        ProxyHeaders.Binary(ProxyHeaders.Local, 0, []),
        ProxyHeaders.Binary(ProxyHeaders.Proxy, ProxyHeaders.Unix, new byte[216]),
    ];

    [Theory]
    [MemberData(nameof(WithoutSource))]
    public async Task HeaderWithoutASource_LeavesTheProxysAddress(byte[] header)
    {
        (_, string? logged) = await AskAsync([.. header, .. Bytes(Request.Replace("X-Forwarded-For", "X-Other"))], "127.0.0.1");

        logged.Should().Be("127.0.0.1");
    }

    [Fact]
    public async Task SecondHeader_IsNotTaken()
    {
        await using TestGateway gateway = await TestGateway.StartBehindProxiesAsync(OptionsFor("http://127.0.0.1:9", "127.0.0.1"));
        using RawConnection connection = await gateway.ConnectAsync();

        await connection.SendAsync((byte[])[.. ProxyHeaders.Text("203.0.113.9"), .. ProxyHeaders.Text("203.0.113.8"), .. Bytes(Request)]);

        (await connection.ReadToEndAsync()).Should().StartWith("HTTP/1.1 400 ");
    }

    [Theory]
    [InlineData("127.0.0.1", "GET /health/live HTTP/1.1\r\nHost: g\r\n\r\n")]
    [InlineData("127.0.0.1", "PROXY TCP4 nonsense\r\nGET /health/live HTTP/1.1\r\nHost: g\r\n\r\n")]
    [InlineData("10.0.0.0/8", "GET /health/live HTTP/1.1\r\nHost: g\r\n\r\n")]
    [InlineData("10.0.0.0/8", "PROXY TCP4 10.0.0.1 10.0.0.1 1 1\r\nGET /health/live HTTP/1.1\r\nHost: g\r\n\r\n")]
    public async Task NoHeaderOrAStranger_IsClosedWithoutAnAnswer(string trusted, string sent)
    {
        await using TestGateway gateway = await TestGateway.StartBehindProxiesAsync(OptionsFor("http://127.0.0.1:9", trusted));
        using RawConnection connection = await gateway.ConnectAsync();

        await connection.SendAsync(sent);

        (await connection.ReadToEndAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task HeaderThatDoesNotCome_ClosesTheConnectionInTime()
    {
        var clock = new FakeTimeProvider();
        await using TestGateway gateway = await TestGateway.StartBehindProxiesAsync(OptionsFor("http://127.0.0.1:9", "127.0.0.1"), clock);
        using RawConnection connection = await gateway.ConnectAsync();
        await connection.SendAsync("PROXY TCP4 ");
        Task<string> end = connection.ReadToEndAsync();

        await Eventually.BecomesAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(5));
                return Task.FromResult(end.IsCompleted);
            },
            static ended => ended);

        (await end).Should().BeEmpty();
    }

    [Fact]
    public async Task HeaderWhileItIsOff_IsABadRequest()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(OptionsFor("http://127.0.0.1:9", "127.0.0.1"));
        using RawConnection connection = await gateway.ConnectAsync();

        await connection.SendAsync((byte[])[.. ProxyHeaders.Text("203.0.113.9"), .. Bytes(Request)]);

        (await connection.ReadToEndAsync()).Should().StartWith("HTTP/1.1 400 ");
    }

    [Fact]
    public async Task Limit_IsThatOfTheConveyedAddress()
    {
        await using var instance = new RecordingInstance();
        GatewayOptions options = OptionsFor(instance.Url, "127.0.0.1") with
        {
            RateLimits = new Dictionary<string, RateLimitPolicyOptions>
            {
                ["once"] = new() { Key = RateLimitKeyKind.Ip, Capacity = 1, RefillPerSecond = 0.001 },
            },
            DefaultRateLimits = ["once"],
        };
        await using TestGateway gateway = await TestGateway.StartBehindProxiesAsync(options);

        foreach ((string client, string status) in new[] { ("203.0.113.8", "200"), ("203.0.113.9", "200"), ("203.0.113.9", "429") })
        {
            using RawConnection connection = await gateway.ConnectAsync();
            await connection.SendAsync((byte[])[.. ProxyHeaders.Binary(client), .. Bytes(Request)]);
            (await connection.ReadResponseAsync()).Head.Should().StartWith($"HTTP/1.1 {status} ", client);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Header_StandsBeforeTls(int version)
    {
        using RSA key = RSA.Create(2048);
        var wanted = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = wanted.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        using var files = new ConfigurationFiles();
        string file = Path.Combine(files.Root, "tls.pfx");
        await File.WriteAllBytesAsync(file, certificate.Export(X509ContentType.Pfx, "secret"));
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartBehindProxiesAsync(OptionsFor(instance.Url, "127.0.0.1"), null,
            ("Url", "https://127.0.0.1:0"), ("Certificate:Path", file), ("Certificate:Password", "secret"));
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancel) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancel);
                await socket.SendAsync(ProxyHeaders.Binary("203.0.113.9"), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetCertHashString() == certificate.GetCertHashString(),
            },
        });
        using var message = new HttpRequestMessage(HttpMethod.Get, gateway.Address)
        {
            Version = new Version(version, version == 1 ? 1 : 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using HttpResponseMessage response = await client.SendAsync(message, CancellationToken.None);

        (await response.Content.ReadAsStringAsync()).Should().ContainAll("\nX-Forwarded-For: 203.0.113.9\n", "\nX-Forwarded-Proto: https\n");
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.Latin1.GetBytes(text);

    private static GatewayOptions OptionsFor(string instance, params string[] trusted) => TestOptions.For(instance) with { TrustedProxies = trusted };

    /// <summary>The request as the service got it, and the client in the log.</summary>
    private static async Task<(string Seen, string? Client)> AskAsync(byte[] sent, params string[] trusted)
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartBehindProxiesAsync(OptionsFor(instance.Url, trusted));
        using RawConnection connection = await gateway.ConnectAsync();

        await connection.SendAsync(sent);

        (await connection.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 200 ");
        return (instance.Requests.Single(), (await gateway.LogLineAsync("asked")).GetProperty("client_ip").GetString());
    }
}
