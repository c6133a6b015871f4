using System.Globalization;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.Wire;

/// <summary>
/// The same bytes to a bare Kestrel directly and through the gateway: what the service sees, and what comes back, differ in nothing
/// but the headers that the contract names. The environment variable GATEWAY_FUZZ_COUNT makes more requests at random, GATEWAY_FUZZ_START
/// begins at another seed.
/// </summary>
public sealed class DifferentialTests
{
    private const int DefaultCount = 300;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Written by the gateway (CONTRACT §3), or ended by it as hop-by-hop (RFC 9110 §7.6.1); the framing is the hop's own.</summary>
    private static readonly HashSet<string> OfTheHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "X-Correlation-ID", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "traceparent", "Via",
        "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Upgrade", "Transfer-Encoding", "X-Hop", "Expect", "Content-Length",
    };

    private static readonly HashSet<string> OfTheAnswersHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "X-Correlation-ID", "Via", "Date", "Connection", "Transfer-Encoding", "Keep-Alive",
    };

    [Fact]
    public async Task FixedRequests_ReachTheServiceAsTheyWouldDirectly()
    {
        LegalRequests.Fixed.Count.Should().BeGreaterThanOrEqualTo(40);
        await using TestInstance echo = await StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(echo.Url));

        for (int i = 0; i < LegalRequests.Fixed.Count; i++)
        {
            await IsSeenTheSameAsync(echo, gateway, LegalRequests.Fixed[i], $"request {i}");
        }
    }

    [Fact]
    public async Task RandomRequests_ReachTheServiceAsTheyWouldDirectly()
    {
        await using TestInstance echo = await StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(echo.Url));
        int start = Number("GATEWAY_FUZZ_START") ?? 1;

        await Parallel.ForAsync(start, start + (Number("GATEWAY_FUZZ_COUNT") ?? DefaultCount), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (seed, _) =>
            await IsSeenTheSameAsync(echo, gateway, LegalRequests.Random(seed), $"seed {seed}"));
    }

    [Theory]
    [InlineData("200", "Content-Type: text/plain", "hello", false)]
    [InlineData("200", "Content-Type: text/plain", "hello", true)]
    [InlineData("201", "Location: /made?x=%20", "", false)]
    [InlineData("204", "X-A: 1", "", false)]
    [InlineData("206", "Content-Range: bytes 0-1/9\nAccept-Ranges: bytes", "ab", false)]
    [InlineData("301", "Location: http://elsewhere/", "moved", false)]
    [InlineData("304", "ETag: W/\"x\"\nCache-Control: max-age=1, private", "", false)]
    [InlineData("401", "WWW-Authenticate: Basic realm=\"a, b\"", "no", false)]
    [InlineData("404", "X-Empty: ", "nothing here", true)]
    [InlineData("418", "Content-Type: nonsense\nContent-Language: tlh", "pot", false)]
    [InlineData("429", "Retry-After: 7\nX-RateLimit: 1", "slow down", false)]
    [InlineData("500", "Content-Encoding: br\nServer: odd/1 (x)", "\u00e9\0\u0001", false)]
    [InlineData("503", "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT", "later", true)]
    [InlineData("599", "Set-Cookie: a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT\nSet-Cookie: a=2\nVary: *\nLink: </a>, </b>", "odd", false)]
    public async Task Answer_ComesBackAsItWouldDirectly(string status, string headers, string body, bool chunked)
    {
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            http.Response.StatusCode = int.Parse(status, CultureInfo.InvariantCulture);
            foreach (string[] header in headers.Split('\n').Select(static line => line.Split(": ", 2)))
            {
                http.Response.Headers.Append(header[0], header[1]);
            }

            http.Response.ContentLength = chunked || body.Length == 0 ? null : body.Length;
            if (body.Length > 0)
            {
                await http.Response.Body.WriteAsync(System.Text.Encoding.Latin1.GetBytes(body));
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        foreach (string method in new[] { "GET", "HEAD", "POST" })
        {
            string request = $"{method} /x HTTP/1.1\r\nHost: g\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
            string direct = await AskAsync(new Uri(instance.Url).Port, request);
            string through = await AskAsync(gateway.Address.Port, request);

            WireMessage.OfResponse(through).Without(OfTheAnswersHop).Should().Be(WireMessage.OfResponse(direct).Without(OfTheAnswersHop), "of {0}", method);
            through.Split("\r\n").Where(static line => line.StartsWith("Set-Cookie", StringComparison.Ordinal)).Should()
                .Equal(direct.Split("\r\n").Where(static line => line.StartsWith("Set-Cookie", StringComparison.Ordinal)));
        }
    }

    private static async Task IsSeenTheSameAsync(TestInstance echo, TestGateway gateway, string request, string which)
    {
        string direct = await AskEchoAsync(new Uri(echo.Url).Port, request), through = await AskEchoAsync(gateway.Address.Port, request);
        if (request.StartsWith("HEAD ", StringComparison.Ordinal))
        {
            // The echo is in the body, and there is none: that nothing went wrong is all that can be seen.
            through.Should().StartWith("HTTP/1.1 200 ", "{0}: {1}", which, request);
            return;
        }

        direct.Should().StartWith("HTTP/1.1 200 ", "{0} is legal: {1}", which, request);
        through.Should().StartWith("HTTP/1.1 200 ", "{0} is legal: {1}", which, request);
        WireMessage directly = Echoed(direct), seen = Echoed(through);
        seen.Without(OfTheHop).Should().Be(directly.Without(OfTheHop), "{0}: {1}", which, request);
        (seen["Content-Length"] ?? "0").Should().Be(directly["Content-Length"] ?? "0", "{0}: no length is the same as none", which);
        seen["Transfer-Encoding"].Should().Be(directly["Transfer-Encoding"], "{0}: chunks stay chunks", which);
        seen["X-Forwarded-Host"].Should().Be(directly["Host"], "{0}", which);
        (seen["X-Forwarded-For"], seen["X-Forwarded-Proto"], seen["Via"]).Should().Be(("127.0.0.1", "http", "1.1 gateway"), "{0}", which);
        (seen["Connection"], seen["Keep-Alive"], seen["Upgrade"], seen["X-Hop"], seen["TE"]).Should().Be((null, null, null, null, null), "{0}", which);
    }

    private static WireMessage Echoed(string response)
    {
        string seen = WireMessage.OfResponse(response).Body;
        int end = seen.IndexOf("\n\n", StringComparison.Ordinal);
        return WireMessage.Of(seen[..end], seen[(end + 2)..]);
    }

    /// <summary>All that comes back to a request that asks for the end of its connection.</summary>
    private static async Task<string> AskAsync(int port, string request)
    {
        using RawConnection client = await RawConnection.ToAsync(port);
        await client.SendAsync(request);
        return await client.ReadToEndAsync().WaitAsync(Patience);
    }

    /// <summary>The final answer, which has a length.</summary>
    private static async Task<string> AskEchoAsync(int port, string request)
    {
        using RawConnection client = await RawConnection.ToAsync(port);
        await client.SendAsync(request);
        while (true)
        {
            (string head, string body) = request.StartsWith("HEAD ", StringComparison.Ordinal)
                ? (await client.ReadUntilAsync("\r\n\r\n"), "")
                : await client.ReadResponseAsync();
            if (!head.StartsWith("HTTP/1.1 100 ", StringComparison.Ordinal))
            {
                return head + body;
            }
        }
    }

    /// <summary>Answers with the request as Kestrel saw it, bytes as Latin-1.</summary>
    private static Task<TestInstance> StartEchoAsync() => TestInstance.StartAsync(static async http =>
    {
        string target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        IEnumerable<string> headers = http.Request.Headers.SelectMany(static header => header.Value.Select(value => $"{header.Key}: {value}"));
        byte[] head = System.Text.Encoding.Latin1.GetBytes($"{http.Request.Method} {target}\n{string.Join('\n', headers)}\n\n");
        http.Response.ContentLength = head.Length + body.Length;
        await http.Response.Body.WriteAsync(head);
        await http.Response.Body.WriteAsync(body.ToArray());
    });

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : null;
}
