using System.Net.Security;
using System.Net.Sockets;

namespace Gateway.Core.Proxying;

/// <summary>
/// A connection to an instance that can be reached past HttpClient, for two things that HttpClient cannot do.
/// It may be taken over for another protocol: then each direction can end by itself, while HttpClient's stream closes both at the
/// instance's end and has no way to end ours. And a request's body can be written to it beside HttpClient, which then reads the answer
/// at the same time; by itself it would first write all of the body (over HTTP/1.1, as of .NET 10), and fail if that fails.
/// </summary>
/// <param name="inner">What HttpClient would use: the socket's stream, or TLS on it. Owned.</param>
/// <param name="onWrite">Told of the connection whenever HttpClient writes to it, in the flow of the request that it writes.</param>
internal sealed class ReachableConnection(Stream inner, Action<ReachableConnection> onWrite) : Stream
{
    private readonly AnswerScanner _early = new();
    private volatile bool _takenOver;

    /// <summary>The body that is or was written beside HttpClient; null when HttpClient writes all by itself.</summary>
    private volatile RequestBody? _body;

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

    /// <summary>A request begins: HttpClient writes its head.</summary>
    public void BeginRequest() => _body = null;

    /// <summary>The request's head is written. What HttpClient writes from now on goes nowhere, until the next request.</summary>
    /// <param name="body">What is written instead.</param>
    /// <returns>Where it is to be written.</returns>
    public Stream BeginBody(RequestBody body)
    {
        _body = body;
        return inner;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_early.Kept > 0)
        {
            return _early.Take(buffer.Span);
        }

        int read = await inner.ReadAsync(buffer, cancellationToken);
        if (read == 0)
        {
            return buffer.Length > 0 && _takenOver ? throw new EndOfStreamException() : 0;
        }

        return _body is { IsSent: false } body && !_early.IsAnswered ? await PassEarlyAsync(buffer, read, body, cancellationToken) : read;
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

        return _body is null ? inner.WriteAsync(buffer, cancellationToken) : ValueTask.CompletedTask;
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
            _early.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>The instance speaks before the request is whole. Only a whole status line tells whether this is its answer.</summary>
    private async ValueTask<int> PassEarlyAsync(Memory<byte> buffer, int read, RequestBody body, CancellationToken cancellationToken)
    {
        _early.Append(buffer.Span[..read]);
        while (!body.IsSent && _early.CanContinue)
        {
            int more = await inner.ReadAsync(_early.GetMemory(), cancellationToken);
            if (body.IsSent)
            {
                _early.Keep(more);
                break;
            }

            if (more == 0)
            {
                break;
            }

            _early.Advance(more);
        }

        return _early.Take(buffer.Span);
    }
}
