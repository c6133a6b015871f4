using System.Globalization;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>
/// Heads changed at random. Each input has a number, which is its seed and stands in the failure's message, with the
/// input itself: the seeds from 1 to 2,000 are run with every test of the suite. The environment variable
/// GATEWAY_FUZZ_COUNT runs more of them, GATEWAY_FUZZ_START begins at another number.
/// </summary>
public sealed class StrictFuzzTests
{
    private const int DefaultCount = 2_000, Lanes = 8;

    /// <summary>How long one input may take before it counts as hanging.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>How long a connection is silent before its input counts as half a request. Answers come within a millisecond.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    private static readonly string[] Requests =
    [
        "GET /a/b?c=d HTTP/1.1\r\nHost: g\r\nAccept: */*\r\nX-Y: z\r\n\r\n",
        "POST /p HTTP/1.1\r\nHost: g\r\nContent-Length: 5\r\n\r\nhello",
        "POST /p HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: u\r\n\r\n",
        "GET http://g/abs HTTP/1.1\r\nHost: g\r\nConnection: keep-alive, X-Y\r\nX-Y: 1\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: g\r\nMax-Forwards: 3\r\n\r\n",
        "GET /old HTTP/1.0\r\nConnection: keep-alive\r\nCookie: a=b\r\n\r\n",
    ];

    private static readonly string[] Responses =
    [
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Y: z\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nhello",
        "HTTP/1.1 204 No Content\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nConnection: X-Y\r\nX-Y: 1\r\n\r\n",
    ];

    [Fact]
    public async Task RequestHeads_AreNeverTheGatewaysFaultAndLeaveItAliveAndInStep()
    {
        await using var instance = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        await RunAsync(Requests, async seed =>
        {
            string input = new Mutations(seed).Of(Requests);
            string all = await SendAsync(gateway, input, mayBeHalf: true);
            foreach (string status in StatusesOf(all))
            {
                // 505 is the client's fault, too: a version that is not spoken here.
                (status[0] != '5' || status == "505").Should().BeTrue("input {0} brought {1}", seed, all);
            }

            instance.Garbage.Should().BeEmpty("nothing malformed reaches the instance, but input {0} did", seed);
        });

        // What was smuggled inside another request has not passed the gateway, so it lacks its marks.
        instance.Requests.Should().OnlyContain(static seen => IsMarkedOnce(seen));
        await IsAliveAsync(gateway);
    }

    [Fact]
    public async Task ResponseHeads_NeverReachAnotherRequestAndLeaveTheGatewayAlive()
    {
        await using var instance = new ScriptedInstance(ServeAsync);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = CircuitBreakerOptions.MaxThreshold } }, instance.Url));

        await RunAsync(Responses, async seed =>
        {
            string all = await SendAsync(gateway, $"POST /{seed} HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", mayBeHalf: false);
            (all.Length == 0 || StatusesOf(all).First() is [>= '2' and <= '5', _, _]).Should().BeTrue("input {0} brought {1}", seed, all);
            (all.StartsWith("HTTP/1.1 500 ", StringComparison.Ordinal) && all.Contains("\"internal\"", StringComparison.Ordinal)).Should()
                .BeFalse("input {0} is no defect of the gateway", seed);
            string next = await NextAsync(gateway);
            next.Should().EndWith("\r\n\r\n/in-step", "the request after input {0} gets its own answer", seed);
        });

        await IsAliveAsync(gateway);
    }

    /// <summary>A number asks for that input's answer; anything else for itself.</summary>
    private static async Task ServeAsync(RawConnection connection)
    {
        while (true)
        {
            string target = (await connection.ReadUntilAsync("\r\n\r\n")).Split(' ')[1];
            if (int.TryParse(target.AsSpan(1), CultureInfo.InvariantCulture, out int seed))
            {
                await connection.SendAsync(new Mutations(seed).Of(Responses));
                return;
            }

            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {target.Length}\r\n\r\n{target}");
        }
    }

    private static async Task RunAsync(string[] messages, Func<int, Task> input)
    {
        int start = Number("GATEWAY_FUZZ_START") ?? 1;
        int end = start + (Number("GATEWAY_FUZZ_COUNT") ?? DefaultCount);
        await Parallel.ForAsync(start, end, new ParallelOptions { MaxDegreeOfParallelism = Lanes }, async (seed, stop) =>
        {
            try
            {
                await input(seed).WaitAsync(Patience, stop);
            }
            catch (Exception failure)
            {
                string bytes = new Mutations(seed).Of(messages);
                throw new InvalidOperationException(
                    $"Input {seed} {(failure is TimeoutException ? "hangs" : "fails")}. Its bytes, as JSON: {System.Text.Json.JsonSerializer.Serialize(bytes)}", failure);
            }
        });
    }

    private static bool IsMarkedOnce(string seen) =>
        seen.Split("\r\nX-Correlation-ID: ").Length == 2 && seen.Split("\r\nX-Forwarded-For: 127.0.0.1\r\n").Length == 2;

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>All that comes back.</summary>
    /// <param name="gateway">Whom to ask.</param>
    /// <param name="bytes">What is sent.</param>
    /// <param name="mayBeHalf">The input may lack its end: a whole request follows, and silence then ends the sending.</param>
    private static async Task<string> SendAsync(TestGateway gateway, string bytes, bool mayBeHalf)
    {
        using RawConnection client = await gateway.ConnectAsync();
        try
        {
            await client.SendAsync(bytes);
            if (mayBeHalf)
            {
                await client.SendAsync("\r\n\r\nGET /last HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n");
                string answers = await client.ReadToEndAsync(Quiet);
                client.CloseWriting();
                return answers + await client.ReadToEndAsync();
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Refused before all was sent.
        }

        return await client.ReadToEndAsync();
    }

    /// <summary>Statuses of the gateway's answers; the instance's own bodies hold no status lines.</summary>
    private static IEnumerable<string> StatusesOf(string all) =>
        all.Split("HTTP/1.1 ").Skip(1).Select(static answer => answer[..Math.Min(3, answer.Length)]);

    /// <summary>
    /// The answer to a request after an input. The instance ends each input's connection, and HttpClient gives up after three that
    /// turn out to have ended: such an answer is true, so the question is put again, but any other must be the request's own.
    /// </summary>
    private static async Task<string> NextAsync(TestGateway gateway)
    {
        string next = "";
        for (int attempt = 0; attempt < 5; attempt++)
        {
            next = await SendAsync(gateway, "GET /in-step HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n", mayBeHalf: false);
            if (!next.Contains("\"upstream_reset\"", StringComparison.Ordinal))
            {
                break;
            }
        }

        return next;
    }

    private static async Task IsAliveAsync(TestGateway gateway)
    {
        using HttpResponseMessage response = await gateway.GetAsync("/alive");
        (await response.Content.ReadAsStringAsync()).Should().Be("/alive");
    }
}
