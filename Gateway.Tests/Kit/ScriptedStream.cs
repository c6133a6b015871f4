using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;

namespace Gateway.Tests.Kit;

/// <summary>
/// One end of a connection without a network: says what the test says, and notes what is written to it once it is flushed. Latin-1 both
/// ways. What is said can be read at once, piece by piece.
/// </summary>
internal sealed class ScriptedStream : Stream
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<Func<byte[]>> _says = Channel.CreateUnbounded<Func<byte[]>>();
    private readonly ConcurrentQueue<int> _asked = new();
    private readonly StringBuilder _heard = new();
    private readonly StringBuilder _unflushed = new();
    private ReadOnlyMemory<byte> _piece;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _writes;

    /// <summary>Room for which each read asked so far; 0 for one that only waits.</summary>
    public IReadOnlyList<int> Asked => [.. _asked];

    /// <summary>All that was written and flushed.</summary>
    public string Heard
    {
        get
        {
            lock (_heard)
            {
                return _heard.ToString();
            }
        }
    }

    /// <summary>What the next writes throw; null lets them through.</summary>
    public Exception? WriteFailure { get; set; }

    /// <summary>What writes wait for; null for nothing.</summary>
    public TaskCompletionSource? WritesWaitFor { get; set; }

    public bool IsDisposed { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public void Says(string text) => _says.Writer.TryWrite(() => Encoding.Latin1.GetBytes(text));

    /// <summary>One read throws this; the next goes on.</summary>
    public void Throws(Exception failure) => _says.Writer.TryWrite(() => throw failure);

    public void Ends() => _says.Writer.Complete();

    /// <summary>Waits until all that was heard is this, or more.</summary>
    public Task HearsAsync(string text) => UntilAsync(() => Heard.Length >= text.Length);

    /// <summary>Waits until so many reads have begun.</summary>
    public Task IsAskedAsync(int reads) => UntilAsync(() => _asked.Count >= reads);

    /// <summary>Waits until so many writes have begun.</summary>
    public Task IsWrittenToAsync(int writes) => UntilAsync(() => Volatile.Read(ref _writes) >= writes);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _asked.Enqueue(buffer.Length);
        Signal();
        while (_piece.IsEmpty)
        {
            if (!await _says.Reader.WaitToReadAsync(cancellationToken))
            {
                return 0;
            }

            _piece = _says.Reader.TryRead(out Func<byte[]>? next) ? next() : default;
        }

        int count = Math.Min(_piece.Length, buffer.Length);
        _piece[..count].CopyTo(buffer);
        _piece = _piece[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _writes);
        Signal();
        if (WritesWaitFor is { } go)
        {
            await go.Task.WaitAsync(cancellationToken);
        }

        Write(buffer.Span);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (WriteFailure is not null)
        {
            throw WriteFailure;
        }

        _unflushed.Append(Encoding.Latin1.GetString(buffer));
    }

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        Flush();
        return Task.CompletedTask;
    }

    public override void Flush()
    {
        lock (_heard)
        {
            _heard.Append(_unflushed);
        }

        _unflushed.Clear();
        Signal();
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }

    private void Signal() => Interlocked.Exchange(ref _more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    private async Task UntilAsync(Func<bool> isSo)
    {
        while (true)
        {
            Task more = Volatile.Read(ref _more).Task;
            if (isSo())
            {
                return;
            }

            await more.WaitAsync(Patience);
        }
    }
}
