using System.Net.Security;
using System.Net.Sockets;

namespace Gateway.Core.Proxying;

/// <summary>
/// A connection to an instance that may be taken over for another protocol. Then each direction can end by itself, which the stream
/// that HttpClient makes of it cannot: at the instance's end that one closes both, and it has no way to end ours.
/// </summary>
/// <param name="inner">What HttpClient would use: the socket's stream, or TLS on it. Owned.</param>
/// <param name="onWrite">Told of the connection whenever HttpClient writes to it, in the flow of the request that it writes.</param>
internal sealed class UpgradableConnection(Stream inner, Action<UpgradableConnection> onWrite) : Stream
{
    private volatile bool _takenOver;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>From now on the instance's end is an <see cref="EndOfStreamException"/>, which leaves our direction open.</summary>
    public void TakeOver() => _takenOver = true;

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

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await inner.ReadAsync(buffer, cancellationToken);
        return read == 0 && buffer.Length > 0 && _takenOver ? throw new EndOfStreamException() : read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_takenOver)
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
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
