using System.Collections.Concurrent;

namespace Gateway.Tests.Kit;

/// <summary>
/// Clients that ask one port again and again, each at its own steady pace, and that have never heard of readiness. Some keep their
/// connection until they are asked to close it, the others make one for each request. They begin again after a failure, and remember it.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    /// <summary>Correlation id of every request.</summary>
    public const string CorrelationId = "load";

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly int _port;
    private readonly Task _clients;
    private int _served;

    public SteadyLoad(int port, int keepAlive, int oncePerConnection)
    {
        _port = port;
        _clients = Task.WhenAll(
        [
            .. Enumerable.Range(0, keepAlive).Select(_ => Task.Run(() => AskAgainAndAgainAsync(keepsAlive: true))),
            .. Enumerable.Range(0, oncePerConnection).Select(_ => Task.Run(() => AskAgainAndAgainAsync(keepsAlive: false))),
        ]);
    }

    /// <summary>Requests that were answered with 200 and the whole body.</summary>
    public int Served => Volatile.Read(ref _served);

    /// <summary>Those that were not: what came instead.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Waits until so many more requests have been served.</summary>
    public async Task ServeMoreAsync(int count)
    {
        int goal = Served + count;
        (await Eventually.BecomesAsync(() => Task.FromResult(Served), served => served >= goal)).Should().BeGreaterThanOrEqualTo(goal);
    }

    /// <summary>Lets every client finish its request.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _clients.WaitAsync(GatewayProcess.Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task AskAgainAndAgainAsync(bool keepsAlive)
    {
        using var pace = new PeriodicTimer(Pace);
        RawConnection? connection = null;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                connection ??= await RawConnection.ToAsync(_port);
                await connection.SendAsync($"GET /load HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: {CorrelationId}\r\n{(keepsAlive ? "" : "Connection: close\r\n")}\r\n");
                (string head, string body) = await connection.ReadResponseAsync();
                if (head.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) && body.StartsWith("GET /load\n", StringComparison.Ordinal))
                {
                    Interlocked.Increment(ref _served);
                }
                else
                {
                    _failures.Enqueue(head);
                }

                if (head.Contains("\r\nConnection: close\r\n", StringComparison.OrdinalIgnoreCase))
                {
                    connection.Dispose();
                    connection = null;
                }
            }
            catch (Exception failure) when (failure is IOException or System.Net.Sockets.SocketException or OperationCanceledException)
            {
                _failures.Enqueue($"{failure.GetType().Name}: {failure.Message}");
                connection?.Dispose();
                connection = null;
            }

            await pace.WaitForNextTickAsync();
        }

        connection?.Dispose();
    }
}
