using System.Collections.Concurrent;
using System.Globalization;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>
/// Everything at once: many clients, some of which leave within a request, before an instance that answers early, late, twice, half or not
/// at all. Each request has a marker, and so has all that belongs to it: nobody may see another's.
/// </summary>
public sealed class MixedFaultsTests
{
    private const int Lanes = 12, Requests = 60;

    private static readonly string[] Modes = ["ok", "ok", "ok", "early", "early", "close", "surplus", "reset", "half", "interim"];

    private static readonly int[] Sizes = [0, 1, 1_000, 1_170, 6_000, 20_000];

    [Fact]
    public async Task NothingOfOneRequest_ReachesAnotherAndNothingIsLeft()
    {
        var wrong = new ConcurrentQueue<string>();
        await using var instance = new ScriptedInstance(connection => ServeAsync(connection, wrong));
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = CircuitBreakerOptions.MaxThreshold } }, instance.Url));

        await Task.WhenAll(Enumerable.Range(1, Lanes).Select(lane => Task.Run(() => AskAsync(gateway, lane, wrong)))).WaitAsync(TimeSpan.FromMinutes(2));

        wrong.Should().BeEmpty();
        SpinWait.SpinUntil(() => gateway.ActiveRequests == 0, TimeSpan.FromSeconds(30)).Should().BeTrue("no request is left behind");
        gateway.InFlight.Should().Be(0);
        gateway.AccessLines.Should().NotContain(static line => line.GetProperty("status_code").GetInt32() == 500);
    }

    private static async Task AskAsync(TestGateway gateway, int lane, ConcurrentQueue<string> wrong)
    {
        var random = new Random(lane);
        RawConnection? client = null;
        for (int i = 0; i < Requests; i++)
        {
            client ??= await gateway.ConnectAsync();
            string marker = $"<{lane:x4}.{i:x4}>";
            string mode = Modes[random.Next(Modes.Length)];
            string request = RequestOf(random, marker, mode);
            bool leaves = random.Next(12) == 0;
            try
            {
                await client.SendAsync(leaves ? request[..random.Next(1, request.Length)] : request);
                if (!leaves)
                {
                    (string head, string body) = await client.ReadResponseAsync();
                    if (head.Contains(" 200 ", StringComparison.Ordinal) && (body.Length == 0 || body.Replace(marker, "", StringComparison.Ordinal).Length > 0))
                    {
                        wrong.Enqueue($"lane {lane}, request {i} ({mode}) got {head}{body[..Math.Min(100, body.Length)]}");
                    }

                    leaves = head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase);
                }
            }
            catch (Exception end) when (end is EndOfStreamException or System.Net.Sockets.SocketException)
            {
                // Cut: the answer had begun when the instance broke off, or the gateway does not wait for the rest of the body.
                leaves = true;
            }

            if (leaves)
            {
                client.Dispose();
                client = null;
            }
        }

        client?.Dispose();
    }

    private static string RequestOf(Random random, string marker, string mode)
    {
        string body = string.Concat(Enumerable.Repeat(marker, Sizes[random.Next(Sizes.Length)]));
        return random.Next(3) switch
        {
            0 => $"GET /{mode} HTTP/1.1\r\nHost: g\r\nX-Marker: {marker}\r\n\r\n",
            1 => $"POST /{mode} HTTP/1.1\r\nHost: g\r\nX-Marker: {marker}\r\nContent-Length: {body.Length}\r\n\r\n{body}",
            _ => $"POST /{mode} HTTP/1.1\r\nHost: g\r\nX-Marker: {marker}\r\nTransfer-Encoding: chunked\r\n\r\n"
                + (body.Length > 0 ? $"{body.Length:x}\r\n{body}\r\n0\r\n\r\n" : "0\r\n\r\n"),
        };
    }

    private static async Task ServeAsync(RawConnection connection, ConcurrentQueue<string> wrong)
    {
        while (true)
        {
            string head = await connection.ReadUntilAsync("\r\n\r\n");
            string[] lines = head.Split("\r\n");
            string marker = lines.FirstOrDefault(static line => line.StartsWith("X-Marker: ", StringComparison.Ordinal))?[10..] ?? "";
            if (lines[0].Split(' ') is not [("GET" or "POST"), ['/', .. string mode], "HTTP/1.1"] || marker.Length == 0)
            {
                wrong.Enqueue($"the instance saw {head[..Math.Min(200, head.Length)]}");
                return;
            }

            string body = string.Concat(Enumerable.Repeat(marker, 700));
            string answer = $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n{body}";
            if (mode is "early" or "close")
            {
                await connection.SendAsync(answer);
            }

            if (mode is "close" or "reset")
            {
                return;
            }

            string sent = await ReadBodyAsync(connection, lines);
            if (sent.Replace(marker, "", StringComparison.Ordinal).Length > 0)
            {
                wrong.Enqueue($"the instance saw {sent[..Math.Min(100, sent.Length)]} as the body of {marker}");
            }

            await (mode switch
            {
                "early" => Task.CompletedTask,
                "interim" => connection.SendAsync("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer),
                "surplus" => connection.SendAsync(answer + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL"),
                "half" => connection.SendAsync(answer[..^100]),
                _ => connection.SendAsync(answer),
            });
            if (mode == "half")
            {
                return;
            }
        }
    }

    private static async Task<string> ReadBodyAsync(RawConnection connection, string[] lines)
    {
        if (lines.Contains("Transfer-Encoding: chunked"))
        {
            string body = "";
            while (true)
            {
                int size = int.Parse((await connection.ReadUntilAsync("\r\n")).TrimEnd(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                body += await connection.ReadExactlyAsync(size);
                await connection.ReadUntilAsync("\r\n");
                if (size == 0)
                {
                    return body;
                }
            }
        }

        string? length = lines.FirstOrDefault(static line => line.StartsWith("Content-Length: ", StringComparison.Ordinal))?[16..];
        return length is null ? "" : await connection.ReadExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture));
    }
}
