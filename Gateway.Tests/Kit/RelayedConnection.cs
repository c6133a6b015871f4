using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests.Kit;

/// <summary>One connection through a <see cref="FaultRelay"/>: two directions, the faults in that of the answer.</summary>
internal sealed class RelayedConnection(FaultRelay relay, Socket client, int number, int instancePort, FaultSwitch faults) : IDisposable
{
    private const int BufferSize = 16_384;

    private static readonly TimeSpan TricklePause = TimeSpan.FromMilliseconds(10);

    private readonly Socket _instance = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _gate = new();
    private bool _hasEnded;

    /// <summary>Bytes of the present answer that have passed: counted anew when more of a request has come.</summary>
    private int _answered;

    private Fault Fault => faults.Of(number);

    /// <summary>Relays until both sides have ended, or one broke off: then so does the other. Never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            client.NoDelay = true;
            if (Fault.Kind == FaultKind.ResetAtOnce)
            {
                Reset();
                return;
            }

            await HeldWhileAsync(FaultKind.Blackhole);
            await _instance.ConnectAsync(IPAddress.Loopback, instancePort, _end.Token);
            await Task.WhenAll(OrResetAsync(PassRequestsAsync()), OrResetAsync(PassAnswersAsync()));
        }
        catch (Exception end) when (IsEnd(end))
        {
            Reset();
        }
    }

    /// <summary>Ends both sides with a reset.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            if (!_hasEnded)
            {
                _hasEnded = true;
                Reset(client);
                Reset(_instance);

                // Whoever waits for the fault's end goes on, on another thread than this one with its lock.
                _ = _end.CancelAsync();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _hasEnded = true;
            client.Dispose();
            _instance.Dispose();
            _end.Dispose();
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception end) when (IsEnd(end))
        {
            // It has ended already.
        }

        socket.Dispose();
    }

    private static bool IsEnd(Exception failure) => failure is SocketException or ObjectDisposedException or OperationCanceledException;

    private async Task OrResetAsync(Task direction)
    {
        try
        {
            await direction;
        }
        catch (Exception end) when (IsEnd(end))
        {
            Reset();
        }
    }

    private async Task PassRequestsAsync()
    {
        byte[] buffer = new byte[BufferSize];
        while (true)
        {
            await HeldWhileAsync(FaultKind.Blackhole);
            int count = await client.ReceiveAsync(buffer, _end.Token);
            await HeldWhileAsync(FaultKind.Blackhole);
            if (count == 0)
            {
                _instance.Shutdown(SocketShutdown.Send);
                return;
            }

            Volatile.Write(ref _answered, 0);
            await _instance.SendAsync(buffer.AsMemory(0, count), _end.Token);
            relay.CountToInstance(count);
        }
    }

    private async Task PassAnswersAsync()
    {
        byte[] buffer = new byte[BufferSize];
        while (true)
        {
            await HeldWhileAsync(FaultKind.Blackhole);
            int count = await _instance.ReceiveAsync(buffer, _end.Token);
            await HeldWhileAsync(FaultKind.Blackhole);
            if (count == 0 || !await PassAsync(buffer.AsMemory(0, count)))
            {
                client.Shutdown(SocketShutdown.Send);
                return;
            }
        }
    }

    /// <summary>False when the answer is to end here.</summary>
    private async ValueTask<bool> PassAsync(Memory<byte> piece)
    {
        Fault fault = Fault;
        int sound = Math.Clamp(fault.Bytes - Volatile.Read(ref _answered), 0, piece.Length);
        bool strikes = sound < piece.Length || fault.Bytes == 0;
        switch (fault.Kind)
        {
            case FaultKind.ResetAtOnce:
                Reset();
                return false;
            case FaultKind.Reset when strikes:
                await SendAsync(piece[..sound]);
                Reset();
                return false;
            case FaultKind.Truncate when strikes:
                await SendAsync(piece[..sound]);
                return false;
            case FaultKind.Stall when strikes:
                await SendAsync(piece[..sound]);
                await HeldWhileAsync(FaultKind.Stall);
                await SendAsync(piece[sound..]);
                return true;
            case FaultKind.Trickle:
                await TrickleAsync(piece, fault.Bytes);
                return true;
            case FaultKind.Delay:
                await RealTime.PassesAsync(TimeSpan.FromMilliseconds(fault.Bytes));
                await SendAsync(piece);
                return true;
            case FaultKind.Corrupt when strikes && Volatile.Read(ref _answered) <= fault.Bytes:
                piece.Span[sound] ^= 0x5A;
                await SendAsync(piece);
                return true;
            default:
                await SendAsync(piece);
                return true;
        }
    }

    private async ValueTask TrickleAsync(Memory<byte> rest, int piece)
    {
        using var pause = new PeriodicTimer(TricklePause);
        while (rest.Length > 0 && Fault.Kind == FaultKind.Trickle)
        {
            int count = Math.Min(piece, rest.Length);
            await SendAsync(rest[..count]);
            rest = rest[count..];
            await pause.WaitForNextTickAsync(_end.Token);
        }

        await SendAsync(rest);
    }

    private async ValueTask SendAsync(Memory<byte> piece)
    {
        if (piece.Length > 0)
        {
            Interlocked.Add(ref _answered, piece.Length);
            await client.SendAsync(piece, _end.Token);
            relay.CountToClient(piece.Length);
        }
    }

    private async ValueTask HeldWhileAsync(FaultKind kind)
    {
        while (true)
        {
            Task changed = faults.Changed;
            if (Fault.Kind != kind)
            {
                return;
            }

            await changed.WaitAsync(_end.Token);
        }
    }
}
