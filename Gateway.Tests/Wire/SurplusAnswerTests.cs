using System.Globalization;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>
/// An instance that sends more than its answer: a second answer that nobody asked for. Behind a large body it lies where HttpClient does not
/// see it when it gives the connection to a request that waits for one; under load it reached another client.
/// </summary>
public sealed class SurplusAnswerTests
{
    private const string Surplus = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL";

    [Theory]
    [InlineData("GET", "")]
    [InlineData("POST", "Transfer-Encoding: chunked\r\n")]
    public async Task Surplus_ReachesNoClientHoweverManyAskAtOnce(string method, string framing)
    {
        await using var instance = new ScriptedInstance(ServeAsync);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = CircuitBreakerOptions.MaxThreshold } }, instance.Url));

        await Task.WhenAll(Enumerable.Range(0, 16).Select(lane => Task.Run(async () =>
        {
            using RawConnection client = await gateway.ConnectAsync();
            for (int i = 0; i < 50; i++)
            {
                string marker = $"/{lane}-{i}/";
                await client.SendAsync($"{method} {marker} HTTP/1.1\r\nHost: g\r\n{framing}\r\n{(framing.Length > 0 ? "0\r\n\r\n" : "")}");
                (string head, string body) = await client.ReadResponseAsync();

                // A connection with surplus is refused to the next request, which may be told so; but nothing of it is delivered.
                bool isOwn = body.Length > 0 && body.Replace(marker, "", StringComparison.Ordinal).Length == 0;
                (isOwn || head.StartsWith("HTTP/1.1 502 ", StringComparison.Ordinal)).Should().BeTrue("{0} got {1}", marker, body.Length > 200 ? body[..200] : body);
            }
        })));
    }

    private static async Task ServeAsync(RawConnection connection)
    {
        while (true)
        {
            string head = await connection.ReadUntilAsync("\r\n\r\n");
            if (head.Contains("chunked", StringComparison.Ordinal))
            {
                await connection.ReadUntilAsync("0\r\n\r\n");
            }

            string marker = head.Split(' ')[1];
            string body = string.Concat(Enumerable.Repeat(marker, 2_000));
            string length = body.Length.ToString(CultureInfo.InvariantCulture);
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}{Surplus}");
        }
    }
}
