using System.Net;
using System.Net.Sockets;

namespace Gateway.Core.Reception;

/// <summary>
/// How late this process is: every <see cref="Interval"/> it sends itself a byte over a loopback connection and looks when it gets to it, since
/// requests and answers come to it the same way. One connection for each of the threads that sockets may be served by, each in its turn. While there
/// is nothing to do nothing is sent, and nothing is late.
/// </summary>
internal sealed class OwnDelay : IAsyncDisposable
{
    /// <summary>Twenty a second: half a second until <see cref="OverloadLimit.Samples"/> of them say something, and no cost that shows.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private const int MostPairs = 4;

    private readonly CancellationTokenSource _stop = new();
    private Task _measuring = Task.CompletedTask;

    /// <summary>Begins to measure. Once.</summary>
    /// <param name="isBusy">Whether there is work that could be late.</param>
    /// <param name="measured">Is called with each delay, never by two threads at once. Must not throw.</param>
    /// <param name="failed">Is called if there is no loopback to measure by; then nothing is measured.</param>
    /// <param name="clock">Where time comes from.</param>
    public void Start(Func<bool> isBusy, Action<TimeSpan> measured, Action<SocketException> failed, TimeProvider clock) =>
        _measuring = MeasureAsync(isBusy, measured, failed, clock, _stop.Token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _measuring;
        _stop.Dispose();
    }

    private static async Task MeasureAsync(
        Func<bool> isBusy, Action<TimeSpan> measured, Action<SocketException> failed, TimeProvider clock, CancellationToken stop)
    {
        var pairs = new List<Pair>();
        try
        {
            while (pairs.Count < Math.Min(MostPairs, Environment.ProcessorCount))
            {
                pairs.Add(await Pair.ConnectAsync(stop));
            }

            for (int turn = 0; ; turn++)
            {
                long begun = clock.GetTimestamp();
                await Task.Delay(Interval, clock, stop);
                if (!isBusy())
                {
                    measured(TimeSpan.Zero);
                }
                else
                {
                    await pairs[turn % pairs.Count].PassAsync(stop);

                    // A timer that fires late has waited too.
                    TimeSpan late = clock.GetElapsedTime(begun) - Interval;
                    measured(late > TimeSpan.Zero ? late : TimeSpan.Zero);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
        catch (SocketException failure)
        {
            failed(failure);
        }
        finally
        {
            pairs.ForEach(static pair => pair.Dispose());
        }
    }

    private sealed class Pair(Socket here, Socket there) : IDisposable
    {
        private readonly byte[] _sent = new byte[1], _received = new byte[1];

        public static async Task<Pair> ConnectAsync(CancellationToken stop)
        {
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen(1);
            var here = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await here.ConnectAsync(listener.LocalEndPoint!, stop);
                while (true)
                {
                    // Another process may have come first.
                    Socket there = await listener.AcceptAsync(stop);
                    if (here.LocalEndPoint!.Equals(there.RemoteEndPoint))
                    {
                        return new Pair(here, there);
                    }

                    there.Dispose();
                }
            }
            catch
            {
                here.Dispose();
                throw;
            }
        }

        /// <summary>Completes when a byte sent now has been noticed. It is awaited before it is sent, or it would be found at once.</summary>
        public async ValueTask PassAsync(CancellationToken stop)
        {
            ValueTask<int> arriving = there.ReceiveAsync(_received, SocketFlags.None, stop);
            here.Send(_sent);
            await arriving;
        }

        public void Dispose()
        {
            here.Dispose();
            there.Dispose();
        }
    }
}
