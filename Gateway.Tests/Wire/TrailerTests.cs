using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests.Wire;

public sealed class TrailerTests
{
    private const string WithTrailers = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, X-Two\r\n\r\n"
        + "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 42\r\nX-Two: a\r\nX-Two: b\r\n\r\n";

    [Fact]
    public async Task TrailersOfAnHttp2Instance_ReachAnHttp2Client()
    {
        await using TestInstance instance = await TestInstance.StartAsync(
            static async http =>
            {
                http.Response.DeclareTrailer("X-Sum");
                await http.Response.WriteAsync("hello");
                http.Response.AppendTrailer("X-Sum", "42");
            },
            HttpProtocols.Http2);
        await using TestGateway gateway = await Http2Tests.StartAsync(instance, HttpProtocols.Http2);
        using var client = new Http2Client(gateway.Address);

        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, "/");

        (await response.Content.ReadAsStringAsync()).Should().Be("hello");
        response.Headers.Trailer.Should().Equal("X-Sum");
        response.TrailingHeaders.GetValues("X-Sum").Should().Equal("42");
    }

    [Fact]
    public async Task TrailersBehindABodyOfKnownLength_ReachAnHttp2Client()
    {
        await using TestInstance instance = await TestInstance.StartAsync(
            static async http =>
            {
                http.Response.ContentLength = 5;
                await http.Response.WriteAsync("hello");
                await http.Response.Body.FlushAsync();
                http.Response.AppendTrailer("X-Sum", "42");
            },
            HttpProtocols.Http2);
        await using TestGateway gateway = await Http2Tests.StartAsync(instance, HttpProtocols.Http2);
        using var client = new Http2Client(gateway.Address);

        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, "/");

        (await response.Content.ReadAsStringAsync()).Should().Be("hello");
        response.TrailingHeaders.GetValues("X-Sum").Should().Equal("42");
    }

    [Fact]
    public async Task TrailersOfAnHttp1Instance_ReachAnHttp2Client()
    {
        await using ScriptedInstance instance = Scripted(WithTrailers);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url), null, Http2Client.PriorKnowledge);
        using var client = new Http2Client(gateway.Address);

        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, "/");

        (await response.Content.ReadAsStringAsync()).Should().Be("hello world");
        response.TrailingHeaders.GetValues("X-Sum").Should().Equal("42");
        response.TrailingHeaders.GetValues("X-Two").Should().Equal("a", "b");
    }

    [Fact]
    public async Task Trailers_ReachAnHttp1ClientThatAsksForThemAndTheConnectionStaysInStep()
    {
        await using ScriptedInstance instance = Scripted(WithTrailers);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        for (int i = 0; i < 2; i++)
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nTE: trailers\r\nConnection: TE\r\n\r\n");
            string head = await client.ReadUntilAsync("\r\n\r\n");
            string body = await client.ReadUntilAsync("\r\n\r\n");

            head.Should().Contain("\r\nTransfer-Encoding: chunked\r\n").And.Contain("\r\nTrailer: X-Sum, X-Two\r\n");
            Unchunked(body, out string trailers).Should().Be("hello world");
            trailers.Should().Be("X-Sum: 42\r\nX-Two: a\r\nX-Two: b\r\n\r\n");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("TE: deflate\r\nConnection: TE\r\n")]
    public async Task HttpOneClientThatDoesNotAskForTrailers_GetsTheBodyAlone(string header)
    {
        await using ScriptedInstance instance = Scripted(WithTrailers);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync($"GET / HTTP/1.1\r\nHost: g\r\n{header}\r\n");
        string head = await client.ReadUntilAsync("\r\n\r\n");
        string body = await client.ReadUntilAsync("0\r\n\r\n");

        head.Should().NotContain("Trailer");
        Unchunked(body, out string trailers).Should().Be("hello world");
        trailers.Should().Be("\r\n");
    }

    [Fact]
    public async Task LargeBodyBeforeTrailers_ArrivesByteForByte()
    {
        byte[] sent = new byte[3 << 20];
        Random.Shared.NextBytes(sent);
        await using TestInstance instance = await TestInstance.StartAsync(http => http.Response.Body.WriteAsync(sent).AsTask());
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        using HttpResponseMessage response = await gateway.GetAsync("/", ("TE", "trailers"), ("Connection", "TE"));

        response.Headers.TransferEncodingChunked.Should().BeTrue();
        (await response.Content.ReadAsByteArrayAsync()).Should().Equal(sent);
    }

    [Theory]
    [InlineData("Content-Length: 3")]
    [InlineData("Transfer-Encoding: chunked")]
    [InlineData("Host: evil")]
    [InlineData("Set-Cookie: a=1")]
    [InlineData("Connection: X-Kept")]
    [InlineData("Keep-Alive: timeout=1")]
    [InlineData("Proxy-Connection: keep-alive")]
    [InlineData("Upgrade: websocket")]
    [InlineData("Trailer: X-Kept")]
    [InlineData("X-Correlation-ID: forged")]
    public async Task FieldThatIsNoTrailer_ReachesNoClient(string field)
    {
        await using ScriptedInstance instance = Scripted($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n{field}\r\nX-Kept: 1\r\n\r\n");
        await using TestGateway http1 = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        await using TestGateway http2 = await TestGateway.StartAsync(TestOptions.For(instance.Url), null, Http2Client.PriorKnowledge);
        using RawConnection raw = await http1.ConnectAsync();
        using var client = new Http2Client(http2.Address);

        await raw.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nTE: trailers\r\nConnection: TE, close\r\n\r\n");
        string answer = await raw.ReadToEndAsync();
        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, "/");
        await response.Content.ReadAsStringAsync();

        answer.Should().EndWith("\r\n0\r\nX-Kept: 1\r\n\r\n");
        response.TrailingHeaders.NonValidated.Select(static trailer => trailer.Key).Should().Equal("x-kept");
    }

    [Fact]
    public async Task AnswerThatBreaksOffBeforeItsTrailers_IsNotEnded()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n");
            connection.Reset();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nTE: trailers\r\nConnection: TE\r\n\r\n");

        (await client.ReadToEndAsync()).Should().NotContain("\r\n0\r\n");
    }

    [Theory]
    [InlineData("trailers", true)]
    [InlineData("deflate;q=0.5, Trailers", true)]
    [InlineData("deflate", false)]
    [InlineData("trailersx", false)]
    public async Task TeOfAnHttp1Client_GoesOnAsTrailersAndNothingElse(string te, bool passes)
    {
        await using TestInstance http1 = await TestInstance.StartEchoAsync();
        await using TestInstance http2 = await TestInstance.StartEchoAsync(HttpProtocols.Http2);
        foreach ((TestInstance instance, bool isHttp2) in new[] { (http1, false), (http2, true) })
        {
            await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(new ServiceOptions { Http2 = isHttp2 }, instance.Url));
            using HttpResponseMessage response = await gateway.GetAsync("/", ("TE", te), ("Connection", "TE"));
            string[] lines = (await response.Content.ReadAsStringAsync()).Split('\n');

            lines.Where(static line => line.StartsWith("TE:", StringComparison.OrdinalIgnoreCase)).Should().Equal(passes ? ["TE: trailers"] : []);
            lines.Where(static line => line.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase))
                .Should().Equal(passes && !isHttp2 ? ["Connection: TE"] : []);
        }
    }

    [Fact]
    public async Task TeOfAnHttp2Client_GoesOnAndConnectionNamesItForAnHttp1Instance()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await Http2Tests.StartAsync(instance);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendRequestAsync(1, "GET", "/", isLast: true, ("te", "trailers"));

        (await client.ReadBodyAsync(1)).Should().Contain("\nTE: trailers\n").And.Contain("\nConnection: TE\n");
    }

    /// <summary>SocketsHttpHandler cannot send them, and RFC 9110 §6.5.1 lets us drop them: the request itself must not suffer.</summary>
    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task TrailersOfARequest_EndAtTheGateway(HttpProtocols protocols)
    {
        await using TestInstance instance = await StartShowingTrailersAsync(protocols);
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(new ServiceOptions { Http2 = protocols == HttpProtocols.Http2 }, instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\nTrailer: X-User-ID\r\n\r\n"
            + "4\r\nbody\r\n0\r\nX-User-ID: forged\r\nX-Sum: 1\r\n\r\n");
        (string head, string body) = await client.ReadResponseAsync();

        head.Should().StartWith("HTTP/1.1 200 ");
        body.Should().Be("body||");
    }

    [Fact]
    public async Task TrailersOfAnHttp2Request_EndAtTheGateway()
    {
        await using TestInstance instance = await StartShowingTrailersAsync(HttpProtocols.Http2);
        await using TestGateway gateway = await Http2Tests.StartAsync(instance, HttpProtocols.Http2);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendRequestAsync(1, "POST", "/", isLast: false);
        await client.SendDataAsync(1, "body", isLast: false);
        await client.SendFieldsAsync(1, isLast: true, ("x-user-id", "forged"), ("x-sum", "1"));

        (await client.ReadBodyAsync(1)).Should().Be("body||");
    }

    private static Task<TestInstance> StartShowingTrailersAsync(HttpProtocols protocols) => TestInstance.StartAsync(
        static async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            string body = await reader.ReadToEndAsync();
            IHeaderDictionary trailers = http.Features.GetRequiredFeature<IHttpRequestTrailersFeature>().Trailers;
            string text = $"{body}|{http.Request.Headers["X-User-ID"]}|{string.Join(',', trailers.Keys)}";
            http.Response.ContentLength = text.Length;
            await http.Response.WriteAsync(text);
        },
        protocols);

    /// <summary>An instance that answers every request with these bytes.</summary>
    private static ScriptedInstance Scripted(string answer) => new(async connection =>
    {
        while (true)
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync(answer);
        }
    });

    private static string Unchunked(string chunks, out string trailers)
    {
        string body = "";
        int at = 0;
        while (true)
        {
            int line = chunks.IndexOf("\r\n", at, StringComparison.Ordinal);
            int size = Convert.ToInt32(chunks[at..line], 16);
            at = line + 2;
            if (size == 0)
            {
                trailers = chunks[at..];
                return body;
            }

            body += chunks[at..(at + size)];
            chunks[(at + size)..(at + size + 2)].Should().Be("\r\n");
            at += size + 2;
        }
    }
}
