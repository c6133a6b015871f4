using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;

namespace Gateway.Core.Proxying;

/// <summary>
/// A connection to an instance that may be taken over for another protocol. Then it is HttpClient's no longer: each direction can end by
/// itself, which the stream that HttpClient makes of it cannot, and the 8 KB of buffers that HttpClient keeps for each connection are
/// free while a silent WebSocket lives on.
/// </summary>
/// <param name="inner">What HttpClient would use: the socket's stream, or TLS on it. Owned.</param>
/// <param name="onWrite">Told of the connection whenever HttpClient writes to it, in the flow of the request that it writes.</param>
internal sealed class UpgradableConnection(Stream inner, Action<UpgradableConnection> onWrite) : Stream
{
    /// <summary>Smallest piece that is asked of HttpClient: as much as it usually reads ahead, in bytes.</summary>
    private const int Piece = 4_096;

    private volatile Holder _holder = Holder.HttpClient;

    /// <summary>What HttpClient had read beyond the response's head, and has not been read here yet.</summary>
    private ReadOnlyMemory<byte> _ahead;

    private enum Holder
    {
        HttpClient,

        /// <summary>HttpClient gives it up: it sees the end, and what it closes stays open.</summary>
        Changing,
        Relay,
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Takes the connection from HttpClient: from now on this stream is what the instance says and hears, and is to be disposed of.</summary>
    /// <param name="content">HttpClient's stream of the response that came on this connection; disposed of.</param>
    /// <param name="cancellation">Leaves the connection with HttpClient.</param>
    public async ValueTask TakeOverAsync(Stream content, CancellationToken cancellation)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            _holder = Holder.Changing;
            int read;
            while ((read = await content.ReadAsync(piece, cancellation)) > 0)
            {
                _ahead = (byte[])[.. _ahead.Span, .. piece.AsSpan(0, read)];
            }

            await content.DisposeAsync();
            _holder = Holder.Relay;
        }
        finally
        {
            if (_holder == Holder.Changing)
            {
                _holder = Holder.HttpClient;
            }

            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>Ends our direction, once all is written; the instance's goes on.</summary>
    public async ValueTask CloseWritingAsync()
    {
        switch (inner)
        {
            case SslStream tls:
                await tls.ShutdownAsync();
                break;
            case NetworkStream plain:
                plain.Socket.Shutdown(SocketShutdown.Send);
                break;
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_holder == Holder.Changing)
        {
            return ValueTask.FromResult(0);
        }

        if (_ahead.IsEmpty)
        {
            return inner.ReadAsync(buffer, cancellationToken);
        }

        int count = Math.Min(buffer.Length, _ahead.Length);
        _ahead.Span[..count].CopyTo(buffer.Span);
        _ahead = _ahead[count..];
        return ValueTask.FromResult(count);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_holder == Holder.HttpClient)
        {
            onWrite(this);
        }

        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (_holder == Holder.Changing)
        {
            return;
        }

        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
