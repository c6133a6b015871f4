using System.Text.Json;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Wire;

/// <summary>HTTP/1.1 instances that answer before they have read the request, which they may at any time.</summary>
public sealed class EarlyAnswerTests
{
    private const string Forbidden = "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<string, string> Bodies => new()
    {
        { "Content-Length: 1000000", "a piece" },
        { "Transfer-Encoding: chunked", "7\r\na piece\r\n" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task AnswerBeforeTheBodyIsRead_ReachesTheClientAtOnce(string framing, string piece)
    {
        await using var instance = new ScriptedInstance(connection => AnswerHeadsAsync(connection, Forbidden));
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: early\r\n{framing}\r\n\r\n{piece}");
        (string head, string body) = await client.ReadResponseAsync();

        (head.Split("\r\n")[0], body).Should().Be(("HTTP/1.1 403 Forbidden", "no"));
        JsonElement line = await gateway.LogLineAsync("early");
        line.GetProperty("bytes_in").GetInt64().Should().Be(7);
        line.TryGetProperty("error", out _).Should().BeFalse("an early answer is an answer");
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task ConnectionOfAnEarlyAnswer_IsNotUsedAgain(string framing, string piece)
    {
        await using var instance = new ScriptedInstance(connection => AnswerHeadsAsync(connection, Forbidden));
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        for (int request = 1; request <= 3; request++)
        {
            using RawConnection client = await gateway.ConnectAsync();
            await client.SendAsync($"POST / HTTP/1.1\r\nHost: g\r\n{framing}\r\n\r\n{piece}");
            (await client.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 403 ");
            instance.Accepted.Should().Be(request);
        }
    }

    /// <summary>The answer does not say that the connection ends: so what is left of the body is read past, and the next request answered.</summary>
    [Theory]
    [InlineData("Content-Length: 400000", "a piece", 399_993, "")]
    [InlineData("Transfer-Encoding: chunked", "61a80\r\na piece", 399_993, "\r\n0\r\n\r\n")]
    public async Task RestOfTheBody_MayFollowItsAnswer_AndTheNextRequestToo(string framing, string piece, int rest, string end)
    {
        await using var instance = new ScriptedInstance(connection => AnswerHeadsAsync(connection, Forbidden));
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: g\r\n{framing}\r\n\r\n{piece}");
        (await client.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 403 ").And.NotContain("Connection: close");
        await client.SendAsync(new string('x', rest) + end);
        await client.SendAsync("GET /next HTTP/1.1\r\nHost: g\r\n\r\n");

        (await client.ReadResponseAsync()).Head.Should().StartWith("HTTP/1.1 403 ");
        gateway.LogLines.Should().OnlyContain(static line => line.GetProperty("level").GetString() == "info");
    }

    /// <summary>What the instance has not read resets its connection; the answer before that is whole.</summary>
    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task AnswerOfAnInstanceThatClosesAtOnce_ReachesTheClientWhileItStillSends(string framing, string piece)
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig");
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: g\r\n{framing}\r\n\r\n{piece}");

        // As much as fits into the connection, whether or not anybody takes it.
        await client.SendAsync((framing.EndsWith("chunked", StringComparison.Ordinal) ? "186a0\r\n" : "") + new string('x', 100_000));
        (string head, string body) = await client.ReadResponseAsync();

        head.Should().StartWith("HTTP/1.1 413 ");
        body.Should().Be("big");
    }

    /// <summary>An instance that reads nothing fills every buffer on the way; its answer comes past them.</summary>
    [Fact]
    public async Task AnswerOfAnInstanceThatReadsNothing_PassesTheFullBuffers()
    {
        var answer = new TaskCompletionSource();
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await answer.Task;
            await connection.SendAsync(Forbidden);
            await connection.ReadUntilAsync("never");
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url).WithRoute(TestOptions.AnyPath with { MaxRequestBodyBytes = 0 }));
        using RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: g\r\nContent-Length: {1L << 30}\r\n\r\n");
        long sent = 0;
        Task sending = Task.Run(async () =>
        {
            byte[] piece = new byte[1 << 20];
            try
            {
                while (true)
                {
                    await client.SendAsync(piece);
                    Interlocked.Add(ref sent, piece.Length);
                }
            }
            catch (Exception end) when (end is System.Net.Sockets.SocketException or ObjectDisposedException)
            {
                // The gateway wants no more.
            }
        });
        await StoppedGrowingAsync(() => Interlocked.Read(ref sent));

        answer.SetResult();
        (await client.ReadResponseAsync()).Body.Should().Be("no");

        client.Reset();
        await sending;
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task InterimResponses_AreNoAnswerAndTheConnectionIsKept(string framing, string piece)
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            while (true)
            {
                string head = await connection.ReadUntilAsync("\r\n\r\n");
                await connection.SendAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                int length = head.Contains("chunked", StringComparison.Ordinal)
                    ? (await connection.ReadUntilAsync("\r\n0\r\n\r\n")).Length
                    : (await connection.ReadExactlyAsync(1_000_000)).Length;
                string body = length.ToString(System.Globalization.CultureInfo.InvariantCulture);
                await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();
        (string rest, string seen) = piece.StartsWith('7') ? ("0\r\n\r\n", "7\r\na piece\r\n0\r\n\r\n") : (new string('x', 1_000_000 - piece.Length), new string('x', 1_000_000));
        for (int request = 0; request < 3; request++)
        {
            await client.SendAsync($"POST / HTTP/1.1\r\nHost: g\r\n{framing}\r\n\r\n{piece}");
            await client.SendAsync(rest);
            (await client.ReadResponseAsync()).Body.Should().Be(seen.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        instance.Accepted.Should().Be(1);
    }

    [Fact]
    public async Task AnswerBehindAnInterimOne_IsStillEarly()
    {
        await using var instance = new ScriptedInstance(connection => AnswerHeadsAsync(connection, "HTTP/1.1 102 Processing\r\n\r\n" + Forbidden));
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        for (int request = 1; request <= 2; request++)
        {
            using RawConnection client = await gateway.ConnectAsync();
            await client.SendAsync("POST / HTTP/1.1\r\nHost: g\r\nContent-Length: 1000000\r\n\r\na piece");
            (await client.ReadResponseAsync()).Body.Should().Be("no");
            instance.Accepted.Should().Be(request);
        }
    }

    [Fact]
    public async Task HeadThatComesByteByByte_IsStillOneAnswer()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            foreach (char c in "HTTP/1.1 100 Continue\r\n\r\n" + Forbidden)
            {
                await connection.SendAsync(c.ToString());
            }

            await connection.ReadUntilAsync("never");
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: g\r\nContent-Length: 1000000\r\n\r\na piece");

        (await client.ReadResponseAsync()).Body.Should().Be("no");
    }

    /// <summary>An answer may begin early and need the rest of the request all the same.</summary>
    [Theory]
    [InlineData("Content-Length: 100000")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task EachWrite_ReachesTheOtherSideAtOnceBothWays(string framing)
    {
        bool chunked = framing.EndsWith("chunked", StringComparison.Ordinal);
        await using TestInstance instance = await TestInstance.StartAsync(TestInstance.StreamBackAsync);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: duplex\r\n{framing}\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\n");
        for (int i = 0; i < 10; i++)
        {
            string piece = new((char)('K' + i), 10_000);
            await client.SendAsync(chunked ? $"{piece.Length:x}\r\n{piece}\r\n" : piece);
            string back = "";
            while (back.Count(c => c == piece[0]) < piece.Length)
            {
                // Between the letters stand the sizes of the answer's chunks, in other characters.
                back += await client.ReadUntilAsync("\r\n");
            }
        }

        await client.SendAsync(chunked ? "0\r\n\r\n" : "");
        await client.ReadUntilAsync("0\r\n\r\n");
        JsonElement line = await gateway.LogLineAsync("duplex");
        (line.GetProperty("bytes_in").GetInt64(), line.GetProperty("bytes_out").GetInt64()).Should().Be((100_000L, 100_000L));
        line.TryGetProperty("error", out _).Should().BeFalse();
    }

    [Fact]
    public async Task UploadsThatAreRead_ShareOneConnection()
    {
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null);
            await http.Response.WriteAsync(http.Connection.Id);
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        var connections = new HashSet<string>();
        for (int request = 0; request < 5; request++)
        {
            using var content = new ByteArrayContent(new byte[1_000_000]);
            using HttpResponseMessage response = await gateway.SendAsync(HttpMethod.Post, "/", content);
            connections.Add(await response.Content.ReadAsStringAsync());
        }

        connections.Should().HaveCount(1);
    }

    [Fact]
    public async Task ClientThatLeavesItsUpload_IsClientClosedAndTheInstanceLearnsIt()
    {
        var arrived = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("a piece");
            arrived.SetResult();
            await connection.ReadToEndAsync();
            ended.SetResult();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using (RawConnection client = await gateway.ConnectAsync())
        {
            await client.SendAsync("POST / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: left\r\nContent-Length: 1000000\r\n\r\na piece");
            await arrived.Task.WaitAsync(Patience);
            client.Reset();
        }

        await ended.Task.WaitAsync(Patience);
        (await gateway.LogLineAsync("left")).GetProperty("error").GetString().Should().Be("client_closed");
    }

    /// <summary>Answers each head at once, and reads on as if it were the next request's.</summary>
    private static async Task AnswerHeadsAsync(RawConnection connection, string answer)
    {
        while (true)
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(answer);
        }
    }

    /// <summary>Waits until a number is above zero and stays the same over many looks.</summary>
    private static async Task StoppedGrowingAsync(Func<long> number)
    {
        long last = -1;
        for (int same = 0; same < 50; same++)
        {
            long now = number();
            same = now == last && now > 0 ? same : 0;
            last = now;
            await Task.Yield();
            SpinWait.SpinUntil(() => number() != now, TimeSpan.FromMilliseconds(5));
        }
    }
}
