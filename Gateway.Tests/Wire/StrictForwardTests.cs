using System.Text.Json;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>What is odd but legal goes on as it is, and what ends at the gateway is answered there.</summary>
public sealed class StrictForwardTests
{
    [Theory]
    [InlineData("/%252e%252e/x")]
    [InlineData("/a%25%32%65b")]
    [InlineData("/a%252fb")]
    [InlineData("/%41%7e")]
    [InlineData("/caf%c3%a9/%E2%82%AC/%f0%9f%92%a9")]
    [InlineData("//a///b/")]
    [InlineData("/a;p=1/b;q")]
    [InlineData("/a..b/...")]
    [InlineData("/a|b\"c<d>^`{}")]
    [InlineData("/a?x=%00%0d%0a%c0%ae%2f%5c&x=..&x")]
    [InlineData("/?")]
    public async Task LegalTarget_ReachesTheServiceByteForByte(string target) =>
        (await PassesAsync($"GET {target} HTTP/1.1\r\nHost: g\r\n\r\n")).Should().StartWith($"GET {target} HTTP/1.1\r\n");

    [Theory]
    [InlineData("GET http://g/x?y HTTP/1.1\r\nHost: g\r\n\r\n", "GET /x?y HTTP/1.1")]
    [InlineData("GET http://g HTTP/1.1\r\nHost: g\r\n\r\n", "GET / HTTP/1.1")]
    [InlineData("GET /a/./b/../c HTTP/1.1\r\nHost: g\r\n\r\n", "GET /a/c HTTP/1.1")]
    [InlineData("GET /a   HTTP/1.1\r\nHost: g\r\n\r\n", "GET /a HTTP/1.1")]
    [InlineData("\r\n\r\nGET /a HTTP/1.1\r\nHost: g\r\n\r\n", "GET /a HTTP/1.1")]
    [InlineData("BREW /pot HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\n\r\n", "BREW /pot HTTP/1.1")]
    public async Task OtherSpelling_ReachesTheServiceInTheUsualOne(string sent, string expected) =>
        (await PassesAsync(sent)).Should().StartWith(expected + "\r\n");

    [Theory]
    [InlineData("Transfer-Encoding: Chunked", "5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: \t chunked \t ", "5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "5;a=b;c=\"d\"\r\nhello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "00005\r\nhello\r\n000\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "1\r\nh\r\n4\r\nello\r\n0\r\nX-Trailer: 1\r\n\r\n")]
    [InlineData("Content-Length: 5", "hello")]
    [InlineData("Content-Length: 0005", "hello")]
    public async Task LegalFraming_ReachesTheServiceAsOneLengthOrPlainChunks(string header, string body)
    {
        string seen = await PassesAsync($"POST / HTTP/1.1\r\nHost: g\r\n{header}\r\n\r\n{body}");

        string[] heads = seen.Split("\r\n\r\n")[0].Split("\r\n");
        heads.Count(static line => line.StartsWith("Content-Length:", StringComparison.Ordinal)
            || line.StartsWith("Transfer-Encoding:", StringComparison.Ordinal)).Should().Be(1);
        seen.Replace("\r\n", "", StringComparison.Ordinal).Should().ContainAny("hello", "h4ello").And.NotContain(";a=b");
    }

    [Theory]
    [InlineData("Content_Length: 5")]
    [InlineData("Transfer_Encoding: chunked")]
    [InlineData("X_Forwarded_For: 6.6.6.6")]
    [InlineData("X_Correlation_ID: forged")]
    [InlineData("Proxy_Connection: keep-alive")]
    public async Task UnderscoreSpelling_OfAHeaderThatWeOwnIsDropped(string header) =>
        (await PassesAsync($"GET / HTTP/1.1\r\nHost: g\r\n{header}\r\nX_Own: kept\r\n\r\n")).Should().NotContain(header.Split(':')[0]).And.Contain("X_Own: kept");

    [Theory]
    [InlineData("X-Hop")]
    [InlineData("close, X-Hop")]
    [InlineData("keep-alive, x-hop")]
    [InlineData("Upgrade,X-Hop")]
    public async Task FieldThatConnectionNames_EndsAtTheGatewayWhateverElseItNames(string connection) =>
        (await PassesAsync($"GET / HTTP/1.1\r\nHost: g\r\nConnection: {connection}\r\nX-Hop: 1\r\nX-Own: kept\r\n\r\n")).Should()
        .NotContain("X-Hop").And.Contain("X-Own: kept");

    [Fact]
    public async Task Connection_CannotRemoveWhatTheGatewayWrites()
    {
        string seen = await PassesAsync("GET / HTTP/1.1\r\nHost: g\r\nConnection: close, X-User-ID, X-Forwarded-For\r\nX-User-ID: forged\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n");

        seen.Should().NotContain("forged").And.NotContain("6.6.6.6").And.Contain("X-Forwarded-For: 127.0.0.1");
    }

    [Fact]
    public async Task OptionsAsterisk_IsAnsweredByTheGateway()
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("OPTIONS * HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: star\r\n\r\n");
        (string head, _) = await client.ReadResponseAsync();

        head.Should().StartWith("HTTP/1.1 200 ").And.Contain("Allow: GET, HEAD, POST").And.Contain("Content-Length: 0").And.Contain("X-Correlation-ID: star");
        instance.Requests.Should().BeEmpty();
        JsonElement line = await gateway.LogLineAsync("star");
        line.GetProperty("path").GetString().Should().Be("*");
        line.TryGetProperty("error", out _).Should().BeFalse();
    }

    [Fact]
    public async Task OptionsWithNoForwardsLeft_IsAnsweredByTheGatewayWithTheRoutesMethods()
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(instance.Url).WithRoute(TestOptions.AnyPath with { Methods = ["GET", "OPTIONS"] }));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("OPTIONS /x HTTP/1.1\r\nHost: g\r\nMax-Forwards: 0\r\n\r\n");
        (string head, _) = await client.ReadResponseAsync();

        head.Should().StartWith("HTTP/1.1 200 ").And.Contain("Allow: GET, OPTIONS");
        instance.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData("OPTIONS", "1", "0")]
    [InlineData("OPTIONS", "70", "69")]
    [InlineData("OPTIONS", "99999999999999999999", "2147483646")]
    [InlineData("GET", "0", "0")]
    public async Task MaxForwards_GoesOnOneLessForOptionsAndUntouchedForOthers(string method, string sent, string expected) =>
        (await PassesAsync($"{method} /x HTTP/1.1\r\nHost: g\r\nMax-Forwards: {sent}\r\n\r\n")).Should().Contain($"\r\nMax-Forwards: {expected}\r\n");

    [Fact]
    public async Task ExpectContinue_IsAnsweredOnceTheRequestMayPass()
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        (await client.ReadUntilAsync("\r\n\r\n")).Should().Be("HTTP/1.1 100 Continue\r\n\r\n");
        await client.SendAsync("hello");

        (await client.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 200 ");
        instance.Requests.Should().ContainSingle().Which.Should().EndWith("\r\n\r\nhello");
    }

    [Theory]
    [InlineData("POST /secret HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", 401)]
    [InlineData("POST /small HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n", 413)]
    [InlineData("POST /rare HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", 429)]
    [InlineData("POST /none HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", 401)]
    [InlineData("POST /get HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", 405)]
    [InlineData("POST /small HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400)]
    public async Task ExpectContinue_OfARefusedRequestIsNeverAnsweredBy100(string sent, int status)
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(Guarded(instance.Url));
        using (RawConnection first = await gateway.ConnectAsync())
        {
            await first.SendAsync("GET /rare HTTP/1.1\r\nHost: g\r\n\r\n");
            await first.ReadResponseAsync();
        }

        using RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync(sent);

        (await client.ReadResponseAsync()).Head.Should().StartWith($"HTTP/1.1 {status} ");
        instance.Requests.Should().HaveCount(1);
    }

    private static GatewayOptions Guarded(string url) => TestOptions.For(url).WithRoutes(
        ("secret", TestOptions.AnyPath with { Pattern = "/secret", Auth = RouteAuth.Required }),
        ("small", TestOptions.AnyPath with { Pattern = "/small", MaxRequestBodyBytes = 10 }),
        ("get", TestOptions.AnyPath with { Pattern = "/get", Methods = ["GET"] }),
        ("rare", TestOptions.AnyPath with { Pattern = "/rare", RateLimits = ["one"] })) with
    {
        Auth = new AuthOptions { ServiceUrl = ScriptedInstance.UnusedUrl() },
        RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["one"] = new() { Key = RateLimitKeyKind.Ip, Capacity = 1, RefillPerSecond = 0.001 } },
    };

    /// <summary>What the service gets of a request that must pass.</summary>
    private static async Task<string> PassesAsync(string bytes)
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        HostileExchange exchange = await HostileExchange.PlayAsync(gateway.Address.Port, bytes);

        exchange.Status.Should().Be(200);
        exchange.InStep.Should().BeTrue();
        instance.Garbage.Should().BeEmpty();
        return instance.Requests.First();
    }
}
