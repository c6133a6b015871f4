using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>What applications rely on and a gateway has no opinion about: bytes at both ends.</summary>
public sealed class TransparencyTests
{
    private static readonly string AllBytes = string.Concat(Enumerable.Range(0, 256).Select(static value => (char)value));

    [Fact]
    public async Task Range_PassesAndItsPartComesBackByteForByte()
    {
        (string seen, string head, string body) = await ExchangeAsync(
            "GET /video HTTP/1.1\r\nHost: g\r\nRange: bytes=100-355\r\nIf-Range: \"v1\"\r\n\r\n",
            $"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 100-355/4096\r\nAccept-Ranges: bytes\r\nETag: \"v1\"\r\nContent-Length: 256\r\n\r\n{AllBytes}");

        seen.Should().Contain("\r\nRange: bytes=100-355\r\n").And.Contain("\r\nIf-Range: \"v1\"\r\n");
        head.Should().StartWith("HTTP/1.1 206 Partial Content\r\n")
            .And.Contain("\r\nContent-Range: bytes 100-355/4096\r\n").And.Contain("\r\nAccept-Ranges: bytes\r\n").And.Contain("\r\nETag: \"v1\"\r\n");
        body.Should().Be(AllBytes);
    }

    [Fact]
    public async Task RangeThatCannotBe_Is416WithItsContentRange()
    {
        (_, string head, _) = await ExchangeAsync(
            "GET /video HTTP/1.1\r\nHost: g\r\nRange: bytes=9000-\r\n\r\n",
            "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */4096\r\nContent-Length: 0\r\n\r\n");

        head.Should().StartWith("HTTP/1.1 416 ").And.Contain("\r\nContent-Range: bytes */4096\r\n");
    }

    [Theory]
    [InlineData("If-None-Match: W/\"x\", \"y\"", "304 Not Modified", "ETag: W/\"x\"")]
    [InlineData("If-Modified-Since: Sat, 29 Oct 1994 19:43:31 GMT", "304 Not Modified", "Last-Modified: Sat, 29 Oct 1994 19:43:31 GMT")]
    [InlineData("If-Match: \"gone\"", "412 Precondition Failed", "Content-Length: 0")]
    [InlineData("If-Unmodified-Since: not a date", "412 Precondition Failed", "Content-Length: 0")]
    public async Task Condition_PassesAndItsAnswerComesBack(string condition, string status, string header)
    {
        (string seen, string head, string body) = await ExchangeAsync(
            $"GET /doc HTTP/1.1\r\nHost: g\r\n{condition}\r\n\r\n", $"HTTP/1.1 {status}\r\n{header}\r\nVary: Accept\r\n\r\n");

        seen.Should().Contain($"\r\n{condition}\r\n");
        head.Should().StartWith($"HTTP/1.1 {status}\r\n").And.Contain($"\r\n{header}\r\n").And.Contain("\r\nVary: Accept\r\n");
        body.Should().BeEmpty();
    }

    [Theory]
    [InlineData("/q?a=1&a=2&a=&a&b=%20+%2B&a=1")]
    [InlineData("/q?&&a==b&=c&%61=%41")]
    [InlineData("/q??a=?&b=/../x&c=//&d={}|^`")]
    public async Task Query_PassesByteForByteWithItsDuplicateKeys(string target)
    {
        (string seen, _, _) = await ExchangeAsync($"GET {target} HTTP/1.1\r\nHost: g\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

        seen.Should().StartWith($"GET {target} HTTP/1.1\r\n");
    }

    [Theory]
    [InlineData("GET", "Content-Length: 5", "hello")]
    [InlineData("DELETE", "Content-Length: 5", "hello")]
    [InlineData("OPTIONS", "Content-Length: 5", "hello")]
    [InlineData("GET", "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("DELETE", "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n")]
    public async Task BodyOfAMethodThatHasNoneAsARule_Passes(string method, string framing, string body)
    {
        (string seen, _, _) = await ExchangeAsync(
            $"{method} /x HTTP/1.1\r\nHost: g\r\n{framing}\r\n\r\n{body}", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

        seen.Should().StartWith($"{method} /x HTTP/1.1\r\n").And.Contain($"\r\n{framing}\r\n").And.EndWith($"\r\n\r\n{body}");
    }

    /// <summary>RFC 9110 §5.3: lines of one name may become one line, in their order; across other names order says nothing.</summary>
    [Fact]
    public async Task RepeatedHeaders_ReachTheInstanceInOrder()
    {
        (string seen, _, _) = await ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: g\r\nX-A: 1\r\nAccept: text/a\r\nX-A: 2, 3\r\nAccept: text/b;q=0.1\r\nX-A: 4\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

        seen.Should().Contain("\r\nX-A: 1, 2, 3, 4\r\n").And.Contain("\r\nAccept: text/a, text/b;q=0.1\r\n").And.Contain("\r\nCookie: a=1; b=2\r\n");
    }

    [Fact]
    public async Task SetCookie_IsNeverJoinedAndKeepsItsOrder()
    {
        const string Cookies = "Set-Cookie: a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT\r\nSet-Cookie: a=2\r\nSet-Cookie: b=3; Path=/, x\r\n";
        (_, string head, _) = await ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: g\r\n\r\n", $"HTTP/1.1 200 OK\r\n{Cookies}X-R: 1\r\nX-R: 2\r\nContent-Length: 0\r\n\r\n");

        head.Should().Contain(Cookies).And.Contain("\r\nX-R: 1\r\nX-R: 2\r\n");
    }

    [Fact]
    public async Task SetCookie_IsNeverJoinedOverHttp2()
    {
        await using var instance = new MisbehavingInstance(
            "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT\r\nSet-Cookie: a=2\r\nContent-Length: 0\r\n\r\n", Afterwards.Listen);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url), null, Http2Client.PriorKnowledge);
        using var client = new Http2Client(gateway.Address);

        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, "/case");

        response.Headers.GetValues("Set-Cookie").Should().Equal("a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT", "a=2");
    }

    [Theory]
    [InlineData("Content-Encoding: gzip", "\u001f\u008b\b\0broken")]
    [InlineData("Content-Type: text/html; charset=iso-8859-1", "caf\u00e9")]
    [InlineData("Content-Type: made up", "x")]
    [InlineData("Content-Language: de, en", "x")]
    [InlineData("Expires: 0", "x")]
    [InlineData("Last-Modified: yesterday", "x")]
    [InlineData("Retry-After: soon", "x")]
    [InlineData("Location: http://g/a b?c={}", "x")]
    [InlineData("WWW-Authenticate: Basic realm=\"a, b\", Digest x", "x")]
    [InlineData("X-Latin: \u00e9\u00ff", "x")]
    [InlineData("X-Empty:", "x")]
    [InlineData("Server: odd (\\\"x\\\")", "x")]
    public async Task AnswersHeaderAndBody_ComeBackAsTheyAre(string header, string content)
    {
        (_, string head, string body) = await ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: g\r\nAccept-Encoding: gzip\r\n\r\n", $"HTTP/1.1 200 OK\r\n{header}\r\nContent-Length: {content.Length}\r\n\r\n{content}");

        head.Replace(": \r\n", ":\r\n", StringComparison.Ordinal).Should().Contain($"\r\n{header}\r\n");
        body.Should().Be(content);
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("GET")]
    public async Task ChunkedAnswer_LeavesTheConnectionInStep(string method)
    {
        string chunks = method == "HEAD" ? "" : "5\r\nhello\r\n0\r\n\r\n";
        await using var instance = new MisbehavingInstance($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Kept: 1\r\n\r\n{chunks}", Afterwards.Listen);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync($"{method} /case HTTP/1.1\r\nHost: g\r\n\r\n");
        string head = await client.ReadUntilAsync("\r\n\r\n");
        string body = method == "HEAD" ? "" : await client.ReadUntilAsync("0\r\n\r\n");
        await client.SendAsync($"GET {HostileExchange.Next} HTTP/1.1\r\nHost: g\r\n\r\n");

        head.Should().StartWith("HTTP/1.1 200 ").And.Contain("\r\nX-Kept: 1\r\n").And.NotContain("Content-Length");
        body.Should().Be(chunks);
        (await client.ReadResponseAsync()).Body.Should().Be(HostileExchange.Next);
        instance.Connections.Should().Be(1);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    public async Task Http10Client_GetsABodyWithoutChunksThatItsConnectionEnds(string answer)
    {
        await using var instance = new MisbehavingInstance("HTTP/1.1 200 OK\r\n" + answer, Afterwards.Listen);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET /case HTTP/1.0\r\nX-Correlation-ID: old\r\n\r\n");
        string all = await client.ReadToEndAsync();

        all.Should().StartWith("HTTP/1.1 200 ").And.EndWith("\r\n\r\nhello").And.NotContain("chunked");
        (await gateway.LogLineAsync("old")).GetProperty("status_code").GetInt32().Should().Be(200);
    }

    [Fact]
    public async Task Http10ClientThatKeepsItsConnection_IsInStepWhereTheLengthIsKnown()
    {
        await using var instance = new MisbehavingInstance("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Afterwards.Listen);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        for (int i = 0; i < 2; i++)
        {
            await client.SendAsync("GET /case HTTP/1.0\r\nHost: g\r\nConnection: keep-alive\r\n\r\n");
            (string head, string body) = await client.ReadResponseAsync();
            head.Should().Contain("Connection: keep-alive", "an HTTP/1.0 client must be told");
            body.Should().Be("hello");
        }
    }

    [Fact]
    public async Task PipelinedRequests_AreAnsweredInOrder()
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync(string.Concat(Enumerable.Range(0, 20).Select(static i => i % 2 == 0
            ? $"GET /{i} HTTP/1.1\r\nHost: g\r\n\r\n"
            : $"POST /{i} HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")));

        for (int i = 0; i < 20; i++)
        {
            (await client.ReadResponseAsync()).Body.Should().Be($"/{i}");
        }
    }

    /// <summary>Sends one request, answers it, and sees that the next one on the connection is in step.</summary>
    private static async Task<(string Seen, string Head, string Body)> ExchangeAsync(string request, string answer)
    {
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var recording = new ScriptedInstance(async connection =>
        {
            while (true)
            {
                // Requests with a body to stream go out on connections of their own.
                string head = await connection.ReadUntilAsync("\r\n\r\n");
                string target = head.Split(' ')[1];
                if (target == HostileExchange.Next)
                {
                    await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {target.Length}\r\n\r\n{target}");
                    continue;
                }

                string body = head.Contains("Content-Length: 5", StringComparison.Ordinal) ? await connection.ReadExactlyAsync(5)
                    : head.Contains("chunked", StringComparison.Ordinal) ? await connection.ReadUntilAsync("0\r\n\r\n")
                    : "";
                seen.SetResult(head + body);
                await connection.SendAsync(answer);
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(recording.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync(request);
        (string head, string body) = await client.ReadResponseAsync();
        await client.SendAsync($"GET {HostileExchange.Next} HTTP/1.1\r\nHost: g\r\n\r\n");
        (await client.ReadResponseAsync()).Body.Should().Be(HostileExchange.Next);
        return (await seen.Task, head, body);
    }
}
