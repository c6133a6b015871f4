using System.Net;
using System.Text.Json;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Proxying;

/// <summary>Answers that no sane service gives, and what becomes of them. The ordinary ones are in Wire.</summary>
public sealed class ForwardingMiddlewareTests
{
    private const string RequestEnd = "\r\n\r\n";

    /// <summary>RFC 9110 §8.6: such an answer has no Content-Length; a server that is told one waits for the bytes.</summary>
    [Theory]
    [InlineData(204, 0)]
    [InlineData(204, 5)]
    [InlineData(205, 0)]
    [InlineData(205, 5)]
    public async Task StatusWithoutContentThatClaimsALength_GoesOnWithout(int status, int claimed)
    {
        (HttpResponseMessage response, JsonElement line) = await AnswerAsync(
            $"HTTP/1.1 {status} Nothing\r\nContent-Length: {claimed}\r\n\r\n{new string('x', claimed)}");

        ((int)response.StatusCode).Should().Be(status);
        (await response.Content.ReadAsStringAsync()).Should().BeEmpty();
        line.TryGetProperty("error", out _).Should().BeFalse();
    }

    [Fact]
    public async Task NotModified_KeepsTheLengthOfWhatItStandsFor()
    {
        (HttpResponseMessage response, JsonElement line) = await AnswerAsync("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n");

        response.StatusCode.Should().Be(HttpStatusCode.NotModified);
        line.TryGetProperty("error", out _).Should().BeFalse();
    }

    /// <summary>Nobody asked for another protocol: what follows is not HTTP, and the client must not take it for that.</summary>
    [Fact]
    public Task SwitchOfProtocolsThatNobodyAskedFor_Returns502BadResponse() =>
        ExpectBadResponseAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nanything");

    [Fact]
    public Task StatusThatIsNone_Returns502BadResponse() =>
        ExpectBadResponseAsync("HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n");

    [Fact]
    public Task HeaderWithAControlCharacter_Returns502BadResponse() =>
        ExpectBadResponseAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Odd: a\u0001b\r\n\r\nok");

    [Fact]
    public Task LengthThatIsNoNumber_Returns502BadResponse() =>
        ExpectBadResponseAsync("HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok");

    [Fact]
    public async Task BadResponses_CountAgainstTheInstance()
    {
        await using var instance = new ScriptedInstance(Script("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"));
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { CircuitBreaker = new() { FailureThreshold = 2 } }, instance.Url));

        using HttpResponseMessage first = await gateway.GetAsync("/");
        using HttpResponseMessage second = await gateway.GetAsync("/");
        using HttpResponseMessage third = await gateway.GetAsync("/");

        (await second.Content.ReadAsStringAsync()).Should().Contain("upstream_bad_response");
        (await third.Content.ReadAsStringAsync()).Should().Contain("circuit_open");
    }

    /// <summary>A piece that was read and not given back would keep the server from reading past the rest: it would drop the connection.</summary>
    [Fact]
    public async Task ServiceThatResetsDuringAnUpload_LeavesTheClientsConnectionInStep()
    {
        var reset = new TaskCompletionSource();
        await using var instance = new ScriptedInstance(async connection =>
        {
            string head = await connection.ReadUntilAsync(RequestEnd);
            if (head.StartsWith("POST", StringComparison.Ordinal))
            {
                await connection.ReadUntilAsync("first");
                connection.Reset();
                reset.SetResult();
            }
            else
            {
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext");
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        await reset.Task;
        await client.SendAsync("6\r\nsecond\r\n0\r\n\r\n");
        (string head, string body) = await client.ReadResponseAsync();
        await client.SendAsync("GET /next HTTP/1.1\r\nHost: g\r\n\r\n");

        head.Should().StartWith("HTTP/1.1 502 ");
        body.Should().Contain("upstream_reset");
        (await client.ReadResponseAsync()).Body.Should().Be("next");
    }

    private static Func<RawConnection, Task> Script(string answer) => async connection =>
    {
        await connection.ReadUntilAsync(RequestEnd);
        await connection.SendAsync(answer);
    };

    private static async Task ExpectBadResponseAsync(string answer)
    {
        (HttpResponseMessage response, JsonElement line) = await AnswerAsync(answer);

        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        (await response.Content.ReadAsStringAsync()).Should().Contain("upstream_bad_response");
        line.GetProperty("error").GetString().Should().Be("upstream_bad_response");
    }

    private static async Task<(HttpResponseMessage Response, JsonElement Line)> AnswerAsync(string answer)
    {
        await using var instance = new ScriptedInstance(Script(answer));
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        HttpResponseMessage response = await gateway.GetAsync("/", ("X-Correlation-ID", "the-one"));
        await response.Content.LoadIntoBufferAsync();
        return (response, await gateway.LogLineAsync("the-one"));
    }
}
