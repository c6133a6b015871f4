using System.Collections.Frozen;
using System.Net;
using System.Text.Json;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>Instances that answer with what is no answer: the client gets 502 or a cut connection, and the next request its own answer.</summary>
public sealed class StrictResponseTests
{
    private static readonly FrozenDictionary<string, string> Heads = new Dictionary<string, string>
    {
        ["no status line"] = "HELLO\r\n\r\n",
        ["other protocol"] = "ICY 200 OK\r\n\r\n",
        ["version 2.0 in text"] = "HTTP/2.0 200 OK\r\n\r\n",
        ["no minor version"] = "HTTP/1 200 OK\r\n\r\n",
        ["space before the version"] = " HTTP/1.1 200 OK\r\n\r\n",
        ["blank line before the status line"] = "\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        ["two spaces before the status"] = "HTTP/1.1  200 OK\r\n\r\n",
        ["tab before the status"] = "HTTP/1.1\t200 OK\r\n\r\n",
        ["status of two digits"] = "HTTP/1.1 20 OK\r\n\r\n",
        ["status of four digits"] = "HTTP/1.1 2000 OK\r\n\r\n",
        ["status with letters"] = "HTTP/1.1 2O0 OK\r\n\r\n",
        ["status with a sign"] = "HTTP/1.1 +20 OK\r\n\r\n",
        ["status 000"] = "HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n",
        ["status 099"] = "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n",
        ["status beyond 599"] = "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
        ["no space behind the status"] = "HTTP/1.1 200OK\r\nContent-Length: 0\r\n\r\n",
        ["101 that nobody asked for"] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\n",
        ["NUL in the reason phrase"] = "HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n",
        ["bare CR in the reason phrase"] = "HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n",
        ["line without a colon"] = "HTTP/1.1 200 OK\r\nX\r\nContent-Length: 0\r\n\r\n",
        ["empty name"] = "HTTP/1.1 200 OK\r\n: y\r\nContent-Length: 0\r\n\r\n",
        ["space within a name"] = "HTTP/1.1 200 OK\r\nX Y: z\r\nContent-Length: 0\r\n\r\n",
        ["control character in a name"] = "HTTP/1.1 200 OK\r\nX\u0001: z\r\nContent-Length: 0\r\n\r\n",
        ["parenthesis in a name"] = "HTTP/1.1 200 OK\r\nX(Y): z\r\nContent-Length: 0\r\n\r\n",
        ["two different lengths"] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        ["the same length twice"] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        ["list of lengths"] = "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
        ["length with a plus"] = "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        ["length with a minus"] = "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        ["length in hexadecimal"] = "HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello",
        ["length that wraps around"] = "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551621\r\n\r\nhello",
        ["empty length"] = "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nhello",
        ["length beside chunks"] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        ["chunks beside a length"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 30\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        ["unknown coding"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: cow\r\n\r\nmoo",
        ["another coding below chunked"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        ["chunked that is not last"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        ["chunked twice"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ["coding that only ends in chunked"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        ["chunks in HTTP/1.0"] = "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ["chunk size that is none"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n",
        ["chunk size with a sign"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
        ["chunk size that overflows"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n",
        ["empty chunk size"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n",
        ["header over the limit"] = $"HTTP/1.1 200 OK\r\nX: {new string('a', 70_000)}\r\nContent-Length: 0\r\n\r\n",
        ["status line over the limit"] = $"HTTP/1.1 200 {new string('a', 70_000)}\r\n\r\n",
        ["endless headers"] = "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", 20_000)),
        ["endless interim responses"] = string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 3_000)),
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, (string Answer, string Body)> Lenient = new Dictionary<string, (string Answer, string Body)>
    {
        ["100 before the answer"] = ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        ["103 before the answer"] = ("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        ["several interim responses"] = ("HTTP/1.1 102 P\r\n\r\nHTTP/1.1 103 E\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        ["no reason phrase"] = ("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        ["lines that end in LF"] = ("HTTP/1.1 200 OK\nX: y\nContent-Length: 5\n\nhello", "hello"),
        ["folded value"] = ("HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        ["chunk extension"] = ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n", "hello"),
        ["HTTP/1.0 with a length"] = ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        ["HTTP/1.0 with keep-alive"] = ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        ["bytes behind the length"] = ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, EVIL", "hello"),
        ["whole response behind the length"] = ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL", "hello"),
        ["response behind the last chunk"] = ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL", "hello"),
        ["body of a 204"] = ("HTTP/1.1 204 No Content\r\n\r\nEVIL", ""),
        ["body of a 304"] = ("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nEVIL", ""),
    }.ToFrozenDictionary();

    public static TheoryData<string> BrokenHeads => [.. Heads.Keys];

    public static TheoryData<string> LenientAnswers => [.. Lenient.Keys];

    [Theory]
    [MemberData(nameof(BrokenHeads))]
    public async Task BrokenAnswer_Returns502UpstreamBadResponse(string proves)
    {
        await using var instance = new MisbehavingInstance(Heads[proves], Afterwards.Close);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET /case HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: bad\r\n\r\n");
        (string head, string body) = await client.ReadResponseAsync();

        head.Should().StartWith("HTTP/1.1 502 ").And.NotContain("Set-Cookie");
        body.Should().Contain("\"reason\":\"upstream_bad_response\"");
        (await gateway.LogLineAsync("bad")).GetProperty("error").GetString().Should().Be("upstream_bad_response");
        await IsInStepAsync(client);
        gateway.AccessLines.Count(static line => line.GetProperty("correlation_id").GetString() == "bad").Should().Be(1);
    }

    [Theory]
    [MemberData(nameof(LenientAnswers))]
    public async Task LenientAnswer_PassesAndNothingOfItIsTakenForTheNext(string proves)
    {
        (string answer, string expected) = Lenient[proves];
        await using var instance = new MisbehavingInstance(answer, Afterwards.Listen);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        using HttpResponseMessage response = await gateway.GetAsync("/case");

        (await response.Content.ReadAsStringAsync()).Should().Be(expected);
        using RawConnection client = await gateway.ConnectAsync();
        await IsInStepAsync(client);
    }

    [Theory]
    [InlineData("\r")]
    [InlineData("\0")]
    public async Task ByteThatCouldSplitAnAnswer_BecomesASpace(string dangerous)
    {
        await using var instance = new MisbehavingInstance($"HTTP/1.1 200 OK\r\nX: a{dangerous}Set-Cookie: b\r\nContent-Length: 0\r\n\r\n", Afterwards.Listen);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET /case HTTP/1.1\r\nHost: g\r\n\r\n");
        (string head, _) = await client.ReadResponseAsync();

        head.Should().Contain("\r\nX: a Set-Cookie: b\r\n", "RFC 9110, section 5.5, allows it");
        await IsInStepAsync(client);
    }

    [Fact]
    public async Task HeadAnswerWithABody_IsNotTakenForTheNext()
    {
        await using var instance = new MisbehavingInstance("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL", Afterwards.Listen);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        using HttpResponseMessage response = await gateway.SendAsync(HttpMethod.Head, "/case", null);

        response.Content.Headers.ContentLength.Should().Be(4);
        using RawConnection client = await gateway.ConnectAsync();
        await IsInStepAsync(client);
    }

    [Fact]
    public async Task ResponseThatNobodyAskedFor_IsNotTakenForTheNext()
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var unasked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var instance = new ScriptedInstance(async connection =>
        {
            string target = (await connection.ReadUntilAsync("\r\n\r\n")).Split(' ')[1];
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {target.Length}\r\n\r\n{target}");
            if (target == "/first")
            {
                await first.Task;
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL");
                unasked.SetResult();
            }

            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync("GET /first HTTP/1.1\r\nHost: g\r\n\r\n");
        await client.ReadResponseAsync();

        first.SetResult();
        await unasked.Task;

        await IsInStepAsync(client);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", Afterwards.Close, "upstream_reset")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", Afterwards.Reset, "upstream_reset")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", Afterwards.Close, "upstream_reset")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", Afterwards.Close, "upstream_reset")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX5\r\nworld\r\n0\r\n\r\n", Afterwards.Close, "upstream_bad_response")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\nworld\r\n0\r\n\r\n", Afterwards.Close, "upstream_bad_response")]
    public async Task AnswerThatBreaksOff_IsNeverTakenForAWholeOne(string sent, Afterwards afterwards, string reason)
    {
        await using var instance = new MisbehavingInstance(sent, afterwards);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        string all = await AskAsync(gateway, "POST /case HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: cut\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");

        IsWhole200(all).Should().BeFalse();
        (await gateway.LogLineAsync("cut")).GetProperty("error").GetString().Should().Be(reason);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 5\r\n\r\nhello", Afterwards.Close)]
    [InlineData("HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 5\r\n\r\nhello", Afterwards.Reset)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", Afterwards.Close)]
    public async Task AnswerThatEndsAtAnyByte_IsRefusedOrCutAndTheNextIsInStep(string answer, Afterwards afterwards)
    {
        var patient = new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1000 } };
        for (int length = 0; length < answer.Length; length++)
        {
            await using var instance = new MisbehavingInstance(answer[..length], afterwards);
            await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(patient, instance.Url));

            string all = await AskAsync(gateway, "POST /case HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: prefix\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");

            IsWhole200(all).Should().BeFalse("{0} bytes are no answer", length);
            JsonElement line = await gateway.LogLineAsync("prefix");
            line.GetProperty("error").GetString().Should().BeOneOf("upstream_reset", "upstream_bad_response");
            using RawConnection client = await gateway.ConnectAsync();
            await IsInStepAsync(client);
        }
    }

    [Fact]
    public async Task AnswerThatOnlyItsConnectionEnds_IsWholeWhenItEndsInOrder()
    {
        await using var instance = new MisbehavingInstance("HTTP/1.0 200 OK\r\n\r\nhello", Afterwards.Close);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        using HttpResponseMessage response = await gateway.GetAsync("/case");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync()).Should().Be("hello");
    }

    private static async Task IsInStepAsync(RawConnection client)
    {
        string head, body;
        do
        {
            // An instance that closes while the next request is on its way has truly reset it, and the gateway says so.
            await client.SendAsync($"GET {HostileExchange.Next} HTTP/1.1\r\nHost: g\r\n\r\n");
            (head, body) = await client.ReadResponseAsync();
        }
        while (body.Contains("\"upstream_reset\"", StringComparison.Ordinal));

        head.Should().StartWith("HTTP/1.1 200 ");
        body.Should().Be(HostileExchange.Next);
    }

    /// <summary>All that comes back until the connection ends, as the request should ask for.</summary>
    private static async Task<string> AskAsync(TestGateway gateway, string bytes)
    {
        using RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync(bytes);
        return await client.ReadToEndAsync();
    }

    private static bool IsWhole200(string all) =>
        all.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal)
        && (all.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal)
            || (all.Contains("Content-Length: 5", StringComparison.Ordinal) && all.EndsWith("hello", StringComparison.Ordinal)));
}
