using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Core.Proxying;

/// <summary>How one direction of a relay ended.</summary>
internal enum RelayEnd
{
    /// <summary>The side that sends has said its last byte, and it was passed on.</summary>
    Complete,

    /// <summary>The side that sends broke off.</summary>
    SenderFailed,

    /// <summary>The side that receives takes nothing any more.</summary>
    ReceiverFailed,
}

/// <summary>
/// One direction of an upgraded connection: passes bytes on as they come, one piece at a time, and waits for the receiver before it
/// reads on. Holds no buffer while nothing comes. <see cref="CloseAsync"/> may come from another thread at any time.
/// </summary>
/// <param name="sender">Where bytes come from.</param>
/// <param name="receiver">Where they go.</param>
/// <param name="goingAway">Makes the Close frame for the receiver; null when what flows are not WebSocket frames.</param>
/// <param name="timer">Told of progress; its token ends the relay.</param>
internal sealed class RelayDirection(Stream sender, Stream receiver, Func<byte[]>? goingAway, AttemptTimer timer) : IDisposable
{
    /// <summary>Smallest and largest piece read at once, in bytes, as in <see cref="BodyCopier"/>.</summary>
    private const int SmallPiece = 4096, LargePiece = 65_536;

    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly TaskCompletionSource _senderClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FrameTracker _frames;
    private bool _closing;
    private bool _closed;
    private long _bytes;

    /// <summary>Bytes passed on.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The sender's Close frame has come.</summary>
    public bool CloseSeen => _frames.CloseSeen;

    /// <summary>A Close frame of our own has gone out to the receiver, or is about to.</summary>
    public bool CloseSaid { get; private set; }

    /// <summary>Passes bytes on until either side ends. Once; never throws.</summary>
    public async Task<RelayEnd> RunAsync()
    {
        int size = SmallPiece;
        while (true)
        {
            byte[]? buffer = null;
            try
            {
                // A read of no bytes waits for some without a buffer to hold.
                _ = await sender.ReadAsync(Memory<byte>.Empty, timer.Token);
                buffer = ArrayPool<byte>.Shared.Rent(size);
                int read = await sender.ReadAsync(buffer.AsMemory(0, size), timer.Token);
                if (read == 0)
                {
                    return Ended(RelayEnd.Complete);
                }

                timer.Progress();
                size = read == size ? Math.Min(size * 4, LargePiece) : size;
                if (!await TryPassAsync(buffer.AsMemory(0, read)))
                {
                    return Ended(RelayEnd.ReceiverFailed);
                }
            }
            catch (OperationCanceledException wake) when (wake is not ConnectionAbortedException && !timer.Token.IsCancellationRequested)
            {
                // A server that leaves wakes the readers of its connections; nothing has been lost. An aborted connection says the same
                // by its base class, and says it to every read.
            }
            catch (Exception)
            {
                return Ended(RelayEnd.SenderFailed);
            }
            finally
            {
                if (buffer is not null)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
        }
    }

    /// <summary>
    /// Sends the receiver a Close frame of our own as soon as the current frame has passed, drops what comes after it, and waits for
    /// the sender's Close frame or end. Only for WebSockets.
    /// </summary>
    public async Task CloseAsync(CancellationToken patience)
    {
        await _writing.WaitAsync(patience);
        try
        {
            // Whoever has said Close says nothing more: theirs is on its way already.
            _closing = !CloseSeen;
            if (_closing && _frames.AtBoundary)
            {
                await SayCloseLockedAsync(patience);
            }
        }
        finally
        {
            _writing.Release();
        }

        await _senderClosed.Task.WaitAsync(patience);
    }

    /// <summary>Once nothing runs any more.</summary>
    public void Dispose() => _writing.Dispose();

    private RelayEnd Ended(RelayEnd end)
    {
        _senderClosed.TrySetResult();
        return end;
    }

    /// <summary>False when the receiver failed.</summary>
    private async ValueTask<bool> TryPassAsync(ReadOnlyMemory<byte> piece)
    {
        try
        {
            await _writing.WaitAsync(timer.Token);
            try
            {
                await PassLockedAsync(piece);
                timer.Progress();
            }
            finally
            {
                _writing.Release();
            }

            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private async ValueTask PassLockedAsync(ReadOnlyMemory<byte> piece)
    {
        if (_closed)
        {
            _frames.Pass(piece.Span);
        }
        else if (_closing)
        {
            int count = _frames.PassFrame(piece.Span);
            await WriteLockedAsync(piece[..count]);
            if (_frames.AtBoundary)
            {
                await SayCloseLockedAsync(timer.Token);
                _frames.Pass(piece.Span[count..]);
            }
        }
        else
        {
            if (goingAway is not null)
            {
                _frames.Pass(piece.Span);
            }

            await WriteLockedAsync(piece);
        }

        if (CloseSeen)
        {
            _senderClosed.TrySetResult();
        }
    }

    private async ValueTask WriteLockedAsync(ReadOnlyMemory<byte> piece)
    {
        await receiver.WriteAsync(piece, timer.Token);
        await receiver.FlushAsync(timer.Token);
        Interlocked.Add(ref _bytes, piece.Length);
    }

    private async ValueTask SayCloseLockedAsync(CancellationToken cancellationToken)
    {
        _closed = true;
        if (!CloseSeen)
        {
            // Before the write: who hears it may be gone before we go on.
            CloseSaid = true;
            await receiver.WriteAsync(goingAway!(), cancellationToken);
            await receiver.FlushAsync(cancellationToken);
        }
    }
}
