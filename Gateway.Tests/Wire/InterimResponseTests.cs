using System.Text.Json;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>
/// Instances that say something before they answer, or say it for ever. Interim responses end at the gateway, as RFC 9110 §15.2 allows
/// for what a proxy did not ask for: HttpClient swallows them.
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class InterimResponseTests
{
    private const string Hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-Hint: 1\r\n\r\n";

    private static readonly TimeSpan Drip = TimeSpan.FromMilliseconds(20);

    [Theory]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 102 Processing\r\n\r\n")]
    [InlineData(Hints)]
    [InlineData(Hints + Hints + Hints)]
    [InlineData("HTTP/1.1 199 Odd\r\n\r\n")]
    public async Task InterimResponse_IsFollowedByTheAnswerAloneAndTheConnectionStaysInStep(string interim)
    {
        await using var instance = new MisbehavingInstance(interim + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Afterwards.Listen);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        for (int i = 0; i < 2; i++)
        {
            await client.SendAsync($"GET /case HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: hints-{i}\r\n\r\n");
            (string head, string body) = await client.ReadResponseAsync();
            head.Should().StartWith("HTTP/1.1 200 ").And.NotContain("X-Hint", "a hint's headers are not the answer's");
            body.Should().Be("hello");
            (await gateway.LogLineAsync($"hints-{i}")).GetProperty("status_code").GetInt32().Should().Be(200);
        }

        await client.SendAsync("GET /next HTTP/1.1\r\nHost: g\r\n\r\n");
        (await client.ReadResponseAsync()).Body.Should().Be("/next");
        instance.Connections.Should().Be(1, "the connection to the instance is in step, too");
    }

    [Theory]
    [InlineData("", Hints)]
    [InlineData("HTTP/1.1 200 OK\r\n", "X: y\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX: ", "y")]
    [InlineData("HTTP/1.1 200 ", "O")]
    public async Task HeadThatDripsForEver_Is504AtTheFirstByteTimeout(string start, string drop)
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(start);
            using var timer = new PeriodicTimer(Drip);
            while (await timer.WaitForNextTickAsync())
            {
                await connection.SendAsync(drop);
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { FirstByte = TimeSpan.FromMilliseconds(300) } }, instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: drip\r\n\r\n");
        (string head, string body) = await client.ReadResponseAsync();

        head.Should().StartWith("HTTP/1.1 504 ");
        body.Should().Contain("\"reason\":\"upstream_timeout\"").And.Contain("first-byte");
        (await gateway.LogLineAsync("drip")).GetProperty("error").GetString().Should().Be("upstream_timeout");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "y")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\ny\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "y")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n")]
    public async Task BodyThatDripsForEver_IsCutAtTheTotalTimeout(string start, string drop)
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(start);
            using var timer = new PeriodicTimer(Drip);
            while (await timer.WaitForNextTickAsync())
            {
                await connection.SendAsync(drop);
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { Total = TimeSpan.FromMilliseconds(500) } }, instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: drip\r\nConnection: close\r\n\r\n");

        (await client.ReadToEndAsync()).Should().NotEndWith("0\r\n\r\n");
        (await gateway.LogLineAsync("drip")).GetProperty("error").GetString().Should().Be("upstream_timeout");
    }

    [Theory]
    [InlineData("1;", "an extension without end; ")]
    [InlineData("0\r\n", "X-Trailer: without end\r\n")]
    public async Task ChunksWithAnEndlessFringe_AreCutInFlatMemory(string start, string more)
    {
        long sent = 0;
        string piece = string.Concat(Enumerable.Repeat(more, 1_000));
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + start);
            for (; sent < 64 << 20; sent += piece.Length)
            {
                await connection.SendAsync(piece);
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();
        long before = GC.GetTotalMemory(forceFullCollection: true);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: fringe\r\nConnection: close\r\n\r\n");
        await client.ReadToEndAsync();

        JsonElement line = await gateway.LogLineAsync("fringe");
        line.GetProperty("error").GetString().Should().BeOneOf("upstream_bad_response", "upstream_reset");
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(8 << 20);
        Volatile.Read(ref sent).Should().BeLessThan(32 << 20, "it is cut long before its end");
    }
}
