using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Gateway.Benchmarks.WebSockets;

/// <summary>
/// <c>websockets</c>: what a WebSocket through the gateway costs it in memory while nothing happens, and how many messages pass when
/// much does. Gateway in its own process; both other ends here, on loopback.
/// </summary>
internal static class WebSocketsVerb
{
    public const string Usage = "websockets [--idle 5000] [--busy 1000] [--seconds 60]: memory and messages of WebSockets through the gateway";

    /// <summary>Connections that come and go before the first measurement, so that code, pools and the collector's nursery, which are
    /// the same for a few connections and for many, are not counted as the connections' own.</summary>
    private const int WarmUp = 200, WarmUpRounds = 5;

    /// <summary>Connections that open, or close, at the same time.</summary>
    private const int AtOnce = 64;

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (WebSocketsOptions.Parse(arguments) is not { } options)
        {
            await Console.Error.WriteLineAsync($"Usage: {Usage}");
            return 2;
        }

        await using var instance = new EchoInstance();
        await using GatewayUnderTest gateway = await GatewayUnderTest.StartAsync(Configuration(instance.Port));
        Say($"gateway: process {gateway.ProcessId}, {Environment.ProcessorCount} cores shared with clients and instance");
        Say($"gateway: {Megabytes(await gateway.QuietResidentBytesAsync())} resident after its start");
        int failed = 0;
        for (int round = 0; round < WarmUpRounds; round++)
        {
            failed += await WithOpenAsync(gateway, WarmUp, static _ => Task.FromResult(0));
        }

        if (options.Idle > 0)
        {
            failed += await MeasureIdleAsync(gateway, options.Idle);
        }

        if (options.Busy > 0)
        {
            failed += await MeasureBusyAsync(gateway, options);
        }

        return failed == 0 ? 0 : 1;
    }

    private static async Task<int> MeasureIdleAsync(GatewayUnderTest gateway, int count)
    {
        long before = await gateway.QuietResidentBytesAsync();
        Say($"idle: {Megabytes(before)} resident before");
        int failed = await WithOpenAsync(gateway, count, async open =>
        {
            long after = await gateway.QuietResidentBytesAsync();
            Say($"idle: {Megabytes(after)} resident with {open.Length} WebSockets, each echoed once");
            Say($"idle: {(after - before) / Math.Max(1, open.Length):N0} bytes added per proxied WebSocket (both its connections)");
            return 0;
        });
        Say($"idle: {failed} failed");
        Say($"idle: {Megabytes(await gateway.QuietResidentBytesAsync())} resident after they closed");
        return failed;
    }

    private static async Task<int> MeasureBusyAsync(GatewayUnderTest gateway, WebSocketsOptions options)
    {
        long peak = 0;
        int failed = await WithOpenAsync(gateway, options.Busy, async open =>
        {
            var watch = Stopwatch.StartNew();
            var limit = TimeSpan.FromSeconds(options.Seconds);
            Task<EchoCount>[] talks = [.. open.Select(client => Task.Run(() => TalkAsync(client, watch, limit)))];
            Task<EchoCount[]> all = Task.WhenAll(talks);
            while (await Task.WhenAny(all, Task.Delay(TimeSpan.FromSeconds(1))) != all)
            {
                peak = Math.Max(peak, gateway.ResidentBytes());
            }

            EchoCount[] counts = await all;
            (long messages, long wrong) = (counts.Sum(static one => one.Messages), counts.Sum(static one => one.Mismatches));
            int errors = counts.Count(static one => one.BrokeOff);
            Say($"busy: {open.Length} WebSockets, {messages:N0} messages echoed in {watch.Elapsed.TotalSeconds:N1} s: {messages / watch.Elapsed.TotalSeconds:N0} a second");
            Say($"busy: {wrong} mismatches, {errors} broke off");
            Say($"busy: {Megabytes(peak)} resident at the most, {Megabytes(gateway.ResidentBytes())} at the end");
            return errors + (wrong > 0 ? 1 : 0);
        });
        Say($"busy: {failed} failed");
        return failed;
    }

    private static async Task<EchoCount> TalkAsync(EchoClient client, Stopwatch watch, TimeSpan limit)
    {
        (long messages, long mismatches) = (0, 0);
        try
        {
            for (; watch.Elapsed < limit; messages++)
            {
                mismatches += await client.EchoAsync() ? 0 : 1;
            }

            return new EchoCount(messages, mismatches, BrokeOff: false);
        }
        catch (Exception failure) when (IsOfTheConnection(failure))
        {
            return new EchoCount(messages, mismatches, BrokeOff: true);
        }
    }

    /// <summary>Opens WebSockets, proves each by an echo, hands over those that work, and closes them.</summary>
    /// <returns>How many failed on the way, and what the act returns.</returns>
    private static async Task<int> WithOpenAsync(GatewayUnderTest gateway, int count, Func<EchoClient[], Task<int>> act)
    {
        int failed = 0;
        var clients = new EchoClient?[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) =>
        {
            clients[i] = await OpenAsync(i, gateway);
        });
        EchoClient[] open = [.. clients.OfType<EchoClient>()];
        failed += count - open.Length;
        failed += await act(open);
        await Parallel.ForEachAsync(open, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (client, _) =>
        {
            using (client)
            {
                if (!await SucceedsAsync(client.CloseAsync))
                {
                    Interlocked.Increment(ref failed);
                }
            }
        });
        return failed;
    }

    private static async Task<EchoClient?> OpenAsync(int number, GatewayUnderTest gateway)
    {
        EchoClient? client = null;
        bool works = await SucceedsAsync(async () =>
        {
            client = await EchoClient.ConnectAsync(number, gateway.Address);
            if (!await client.EchoAsync())
            {
                throw new InvalidDataException("The first echo was another's.");
            }
        });
        if (works)
        {
            return client;
        }

        client?.Dispose();
        return null;
    }

    private static async Task<bool> SucceedsAsync(Func<Task> step)
    {
        try
        {
            await step();
            return true;
        }
        catch (Exception failure) when (IsOfTheConnection(failure))
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return false;
        }
    }

    private static bool IsOfTheConnection(Exception failure) =>
        failure is SocketException or IOException or InvalidDataException or OperationCanceledException;

    /// <summary>No authentication, no limits: nothing is measured but the WebSockets. Silence outlasts the measurement.</summary>
    private static string Configuration(int port) => $$"""
        {
          "Kestrel": { "Endpoints": { "Public": { "Url": "http://127.0.0.1:0" } } },
          "Gateway": {
            "Admin": { "Url": "http://127.0.0.1:0" },
            "Services": { "echo": { "Instances": [ { "Url": "http://127.0.0.1:{{port}}" } ], "Timeouts": { "Idle": "01:00:00" } } },
            "Routes": { "echo": { "Pattern": "/echo", "Service": "echo", "Auth": "Anonymous", "Upgrades": [ "websocket" ] } }
          }
        }
        """;

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N1} MB");

    /// <summary>What one busy client saw.</summary>
    private sealed record EchoCount(long Messages, long Mismatches, bool BrokeOff);
}
