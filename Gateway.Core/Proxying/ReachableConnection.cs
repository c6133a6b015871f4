using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;

namespace Gateway.Core.Proxying;

/// <summary>
/// A connection to an instance that can be reached past HttpClient, for two things that HttpClient cannot do.
/// It may be taken over for another protocol. Then it is HttpClient's no longer: each direction can end by itself, which the stream that
/// HttpClient makes of it cannot, and the 8 KB of buffers that HttpClient keeps for each connection are free while a silent WebSocket
/// lives on. And a request's body can be written to it beside HttpClient, which then reads the answer at the same time; by itself it
/// would first write all of the body (over HTTP/1.1, as of .NET 10), and fail if that fails.
/// </summary>
/// <param name="stream">What HttpClient would use: the socket's stream, or TLS on it. Owned.</param>
/// <param name="onWrite">Told of the connection whenever HttpClient writes to it, in the flow of the request that it writes.</param>
internal sealed class ReachableConnection(Stream stream, Action<ReachableConnection> onWrite) : InstanceStream(stream)
{
    /// <summary>Smallest piece that is asked of HttpClient: as much as it usually reads ahead, in bytes.</summary>
    private const int Piece = 4_096;

    private readonly AnswerScanner _early = new();
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

    /// <summary>The body that is or was written beside HttpClient; null when HttpClient writes all by itself.</summary>
    private volatile RequestBody? _body;

    /// <summary>Whether the head before that body is written.</summary>
    private volatile bool _isBeside;

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
        switch (Inner)
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
    /// <exception cref="UnsentException">The instance still waits for the rest of the body before it, and would take the head for that; or it has
    /// said more than it was asked for.</exception>
    public void BeginRequest()
    {
        if (_body is { IsSent: false })
        {
            throw new UnsentException("The request before this one was never sent whole.");
        }

        if (Inner is NetworkStream plain)
        {
            GuardedConnection.ThrowIfSpeaking(plain.Socket);
        }

        (_body, _isBeside) = (null, false);
    }

    /// <summary>The request has a body that will be written beside HttpClient. Said before its head is written: HttpClient always reads
    /// ahead on a connection that was used before, so the answer may be read as soon as the head has left.</summary>
    public void Expect(RequestBody body) => _body = body;

    /// <summary>The request's head is written. What HttpClient writes from now on goes nowhere, until the next request.</summary>
    /// <returns>Where the body is to be written instead.</returns>
    public Stream BeginBody()
    {
        _isBeside = true;
        return Inner;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_holder == Holder.Changing)
        {
            return ValueTask.FromResult(0);
        }

        if (_early.Kept > 0)
        {
            return ValueTask.FromResult(_early.Take(buffer.Span));
        }

        if (!_ahead.IsEmpty)
        {
            int count = Math.Min(buffer.Length, _ahead.Length);
            _ahead.Span[..count].CopyTo(buffer.Span);
            _ahead = _ahead[count..];
            return ValueTask.FromResult(count);
        }

        return _holder == Holder.Relay ? Inner.ReadAsync(buffer, cancellationToken) : ReadForHttpClientAsync(buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_holder == Holder.HttpClient)
        {
            onWrite(this);
        }

        return _isBeside ? ValueTask.CompletedTask : Inner.WriteAsync(buffer, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (_holder == Holder.Changing)
        {
            return;
        }

        if (disposing)
        {
            _early.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadForHttpClientAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read = await Inner.ReadAsync(buffer, cancellationToken);
        return read > 0 && !_early.IsAnswered && _body is { } body && !await body.IsSentAsync()
            ? await PassEarlyAsync(buffer, read, body, cancellationToken)
            : read;
    }

    /// <summary>The instance speaks before the request is whole. Only a whole status line tells whether this is its answer.</summary>
    private async ValueTask<int> PassEarlyAsync(Memory<byte> buffer, int read, RequestBody body, CancellationToken cancellationToken)
    {
        _early.Append(buffer.Span[..read]);
        while (_early.CanContinue && !await body.IsSentAsync())
        {
            int more = await Inner.ReadAsync(_early.GetMemory(), cancellationToken);
            if (await body.IsSentAsync())
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
