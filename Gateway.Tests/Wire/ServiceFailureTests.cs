using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

public sealed class ServiceFailureTests
{
    [Fact]
    public async Task RefusedConnection_Returns502ConnectFailed()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(ScriptedInstance.UnusedUrl()));

        await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.BadGateway, "connect_failed");
    }

    [Fact]
    public async Task UnknownName_Returns502ConnectFailed()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For("http://no-such-host.invalid:80"));

        await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.BadGateway, "connect_failed");
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    public async Task ResetBeforeTheHeadersEnd_Returns502UpstreamReset(string sent)
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(sent);
            connection.Reset();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        await Problems.ExpectAsync(gateway, await gateway.SendAsync(HttpMethod.Post, "/", new StringContent("x")), HttpStatusCode.BadGateway, "upstream_reset");
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n")]
    [InlineData("HTTP/1.1 2x0 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")]
    public async Task AnswerThatIsNotHttp_Returns502UpstreamBadResponse(string sent)
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(sent);
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.BadGateway, "upstream_bad_response");
    }

    [Fact]
    public async Task ResponseHeadOverTheLimit_Returns502UpstreamBadResponse()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nX-Big: {new string('a', 70_000)}\r\nContent-Length: 0\r\n\r\n");
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.BadGateway, "upstream_bad_response");
    }

    [Fact]
    public async Task SilenceAfterTheRequest_Returns504WithTheFirstByteTimeout()
    {
        await using var instance = new ScriptedInstance(connection => connection.ReadToEndAsync());
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { FirstByte = TimeSpan.FromMilliseconds(50) } }, instance.Url));

        JsonElement problem = await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.GatewayTimeout, "upstream_timeout");

        problem.GetProperty("detail").GetString().Should().Be("The first-byte timeout fired.");
    }

    [Fact]
    public async Task SlowService_Returns504WithTheTotalTimeout()
    {
        await using var instance = new ScriptedInstance(connection => connection.ReadToEndAsync());
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { Total = TimeSpan.FromMilliseconds(50) } }, instance.Url));

        JsonElement problem = await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.GatewayTimeout, "upstream_timeout");

        problem.GetProperty("detail").GetString().Should().Be("The total timeout fired.");
    }

    [Fact]
    public async Task ConnectionThatIsNeverMade_Returns504WithTheConnectTimeout()
    {
        // A listener whose backlog is full drops further SYNs: the connect hangs.
        using Socket full = NewSocket();
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(1);
        Socket[] fillers = [.. Enumerable.Range(0, 8).Select(_ => NewSocket())];
        foreach (Socket filler in fillers)
        {
            _ = filler.ConnectAsync(full.LocalEndPoint!);
        }

        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { Connect = TimeSpan.FromMilliseconds(100) } },
            $"http://127.0.0.1:{((IPEndPoint)full.LocalEndPoint!).Port}"));

        JsonElement problem = await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.GatewayTimeout, "upstream_timeout");

        problem.GetProperty("detail").GetString().Should().Be("The connect timeout fired.");
        Array.ForEach(fillers, static filler => filler.Dispose());
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n")]
    public async Task AnswerThatBreaksOff_IsCutForTheClientTooAndLogged(string sent)
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(sent);
            connection.Reset();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: cut\r\n\r\n");
        string all = await client.ReadToEndAsync();

        all.Should().NotEndWith("0\r\n\r\n");
        JsonElement line = await gateway.LogLineAsync("cut");
        line.GetProperty("error").GetString().Should().Be("upstream_reset");
    }

    [Fact]
    public async Task SilenceWithinABody_CutsTheAnswerAndIsLoggedAsATimeout()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { Idle = TimeSpan.FromMilliseconds(50) } }, instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: stall\r\n\r\n");
        await client.ReadToEndAsync();

        (await gateway.LogLineAsync("stall")).GetProperty("error").GetString().Should().Be("upstream_timeout");
    }

    [Theory]
    [InlineData("Content-Length: 2\r\nContent-Length: 3\r\n")]
    [InlineData("Content-Length: 2\r\nContent-Length: 2\r\n")]
    [InlineData("X-Odd: a\x01b\r\nContent-Length: 2\r\n")]
    public async Task AnswerWithHeadersThatCannotBe_Returns502UpstreamBadResponse(string headers)
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync($"HTTP/1.1 200 OK\r\n{headers}\r\nok");
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.BadGateway, "upstream_bad_response");
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    public async Task ChangingRequestWithoutABody_IsNeverSentTwice(string method)
    {
        int seen = 0;
        await using var instance = new ScriptedInstance(async connection =>
        {
            string head = await connection.ReadUntilAsync("\r\n\r\n");
            if (head.StartsWith("GET", StringComparison.Ordinal))
            {
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                head = await connection.ReadUntilAsync("\r\n\r\n");
            }

            Interlocked.Increment(ref seen);
            connection.Reset();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using (HttpResponseMessage warm = await gateway.GetAsync("/"))
        {
            warm.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        using RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync($"{method} / HTTP/1.1\r\nHost: g\r\n\r\n");
        (await client.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 502 ");
        seen.Should().Be(1);
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
}
