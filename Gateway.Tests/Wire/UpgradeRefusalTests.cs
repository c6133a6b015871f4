using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>What keeps an upgrade from the instance, and what keeps the instance's from the client.</summary>
public sealed class UpgradeRefusalTests
{
    private const string Next = "GET /next HTTP/1.1\r\nHost: g\r\n\r\n";

    [Fact]
    public async Task WithoutAToken_Is401BeforeTheInstanceHearsAnything()
    {
        await using TestInstance instance = await TestInstance.StartAsync(WebSockets.Service(static (socket, _) => WebSockets.EchoAsync(socket)));
        GatewayOptions options = TestOptions.For(instance.Url).WithRoute(TestOptions.AnyPath with { Auth = RouteAuth.Required });
        (string head, _) = await AskAsync(options with { Auth = new AuthOptions { ServiceUrl = instance.Url } });

        head.Should().StartWith("HTTP/1.1 401 ").And.Contain("WWW-Authenticate: Bearer");
        instance.Requests.Should().Be(0);
    }

    [Fact]
    public async Task OverTheLimit_Is429BeforeTheInstanceHearsAnything()
    {
        await using TestInstance instance = await TestInstance.StartAsync(WebSockets.Service(static (socket, _) => WebSockets.EchoAsync(socket)));
        GatewayOptions options = TestOptions.For(instance.Url).WithRoute(TestOptions.AnyPath with { RateLimits = ["one"] }) with
        {
            RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["one"] = new() { Capacity = 1, RefillPerSecond = 0.001 } },
        };
        await using TestGateway gateway = await TestGateway.StartAsync(options);
        using RawConnection first = await gateway.ConnectAsync();
        await first.SendAsync(WebSockets.Request());
        (await first.ReadUntilAsync("\r\n\r\n")).Should().StartWith("HTTP/1.1 101 ");

        (await AskAsync(gateway)).Head.Should().StartWith("HTTP/1.1 429 ").And.Contain("Retry-After: ");
        instance.Requests.Should().Be(1);
    }

    [Fact]
    public async Task OpenCircuit_Is503BeforeTheInstanceHearsAnything()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            connection.Reset();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1 } }, instance.Url));

        (await AskAsync(gateway)).Head.Should().StartWith("HTTP/1.1 502 ");
        (string head, string body) = await AskAsync(gateway);

        head.Should().StartWith("HTTP/1.1 503 ");
        body.Should().Contain("circuit_open");
        instance.Accepted.Should().Be(1);
    }

    [Fact]
    public async Task InstanceThatRefuses_ItsAnswerReachesTheClientAndBothConnectionsStayInStep()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            while (await connection.ReadUntilAsync("\r\n\r\n") is { } head)
            {
                await connection.SendAsync(head.StartsWith("GET /live", StringComparison.Ordinal)
                    ? "HTTP/1.1 403 Forbidden\r\nX-Why: no\r\nContent-Length: 2\r\n\r\nno"
                    : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        for (int i = 0; i < 2; i++)
        {
            // What follows the request may be a next request, since no upgrade came.
            await client.SendAsync(WebSockets.Request() + Next);
            (string head, string body) = await client.ReadResponseAsync();
            head.Should().StartWith("HTTP/1.1 403 Forbidden").And.Contain("X-Why: no").And.NotContain("Upgrade");
            body.Should().Be("no");
            (await client.ReadResponseAsync()).Body.Should().Be("ok");
        }

        // One for upgrades, one for the rest.
        instance.Accepted.Should().Be(2);
    }

    [Theory]
    [InlineData("Upgrade: foo", "GET")]
    [InlineData("Upgrade: websocketx", "GET")]
    [InlineData("Upgrade: HTTP/2.0, foo/1", "GET")]
    [InlineData("Upgrade: h2c", "GET")]
    [InlineData("Upgrade: H2C, TLS/1.3", "GET")]
    [InlineData("Upgrade:", "GET")]
    [InlineData("Upgrade: websocket", "OPTIONS")]
    public async Task ProtocolThatIsNotPassed_IsIgnoredAndTheRequestAnsweredAsUsual(string upgrade, string method)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync(
            $"{method} /x HTTP/1.1\r\nHost: g\r\nConnection: Upgrade, HTTP2-Settings\r\n{upgrade}\r\nHTTP2-Settings: AAMAAABk\r\n\r\n" + Next);
        (string head, string body) = await client.ReadResponseAsync();

        head.Should().StartWith("HTTP/1.1 200 ");
        body.Should().StartWith($"{method} /x").And.NotContainAny("Upgrade", "HTTP2-Settings", "Connection:");
        (await client.ReadResponseAsync()).Body.Should().StartWith("GET /next");
    }

    /// <summary>RFC 9110 §7.8: HTTP/1.0 has no Upgrade, and its proxies pass on what they do not know.</summary>
    [Fact]
    public async Task UpgradeOverHttp10_IsIgnored()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync($"GET /x HTTP/1.0\r\nHost: g\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: {WebSockets.Key}\r\n\r\n");
        string answer = await client.ReadToEndAsync();

        answer.Should().StartWith("HTTP/1.1 200 ").And.Contain("GET /x").And.NotContainAny("\nUpgrade", "\nConnection: Upgrade");
    }

    [Fact]
    public async Task RouteWithoutUpgrades_IgnoresWebSocketsToo()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        (string head, string body) = await AskAsync(TestOptions.For(instance.Url).WithRoute(TestOptions.AnyPath with { Upgrades = [] }));

        head.Should().StartWith("HTTP/1.1 200 ");
        body.Should().NotContainAny("Upgrade", "Connection:");
    }

    [Fact]
    public async Task UpgradeWithoutTheConnectionHeader_IsNone()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nUpgrade: websocket\r\n\r\n");

        (string head, string body) = await client.ReadResponseAsync();
        head.Should().StartWith("HTTP/1.1 200 ");
        body.Should().NotContain("Upgrade");
    }

    [Fact]
    public async Task ProtocolThatTheRoutePasses_IsRelayedWithoutAskingWhatItSays()
    {
        string asked = "";
        await using var instance = new ScriptedInstance(async connection =>
        {
            asked = await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: Chat/2\r\nContent-Length: 9\r\n\r\nearly");
            await connection.SendAsync((await connection.ReadUntilAsync("!")).ToUpperInvariant());
        });
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(instance.Url).WithRoute(TestOptions.AnyPath with { Upgrades = ["websocket", "chat/2"] }));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: g\r\nConnection: Upgrade\r\nUpgrade: h2c, CHAT/2\r\nContent-Length: 0\r\n\r\nhello!");

        string head = await client.ReadUntilAsync("\r\n\r\n");
        head.Should().StartWith("HTTP/1.1 101 ").And.Contain("Upgrade: chat/2").And.Contain("Connection: Upgrade").And.NotContain("Content-Length");
        (await client.ReadToEndAsync()).Should().Be("earlyHELLO!");

        // A POST says that it has no content (RFC 9110 §8.6).
        asked.Should().StartWith("POST / ").And.Contain("Upgrade: chat/2\r\n").And.Contain("Content-Length: 0\r\n").And.NotContain("h2c");
    }

    /// <summary>HttpClient repeats what has no content when a kept connection breaks: it repeated a POST that the instance had read.</summary>
    [Fact]
    public async Task PostWhoseKeptConnectionBreaks_IsNotRepeated()
    {
        int asked = 0;
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            Interlocked.Increment(ref asked);
            await connection.SendAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            await connection.ReadUntilAsync("\r\n\r\n");
            Interlocked.Increment(ref asked);
        });
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(instance.Url).WithRoute(TestOptions.AnyPath with { Upgrades = ["chat/2"] }));
        using RawConnection client = await gateway.ConnectAsync();
        string request = WebSockets.Request(protocol: "chat/2", method: "POST", headers: "Content-Length: 0\r\n");

        await client.SendAsync(request);
        (await client.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 403 ");
        await client.SendAsync(request);

        (await client.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 502 ");
        (asked, instance.Accepted).Should().Be((2, 1));
    }

    [Theory]
    [InlineData("Upgrade: other\r\n")]
    [InlineData("Upgrade: websocket, other\r\n")]
    [InlineData("")]
    public async Task SwitchToAnotherProtocolThanAsked_Is502(string upgrade)
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync($"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n{upgrade}\r\n");
            await connection.ReadToEndAsync();
        });

        (string head, string body) = await AskAsync(TestOptions.For(instance.Url));

        head.Should().StartWith("HTTP/1.1 502 ");
        body.Should().Contain("upstream_bad_response");
    }

    [Fact]
    public async Task SwitchUnasked_Is502AndNothingOfItReachesTheClient()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(WebSockets.Accepted + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync(Next);

        (string head, string body) = await client.ReadResponseAsync();
        head.Should().StartWith("HTTP/1.1 502 ");
        body.Should().Contain("upstream_bad_response");
    }

    private static async Task<(string Head, string Body)> AskAsync(GatewayOptions options)
    {
        await using TestGateway gateway = await TestGateway.StartAsync(options);
        return await AskAsync(gateway);
    }

    private static async Task<(string Head, string Body)> AskAsync(TestGateway gateway)
    {
        using RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync(WebSockets.Request());
        return await client.ReadResponseAsync();
    }
}
