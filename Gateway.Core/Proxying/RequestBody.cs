using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Gateway.Core.Context;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Proxying;

/// <summary>
/// The client's body on its way to the service, piece by piece, never held whole. Sent on as it comes: what has arrived is
/// flushed before more is awaited, so that a slow stream reaches the service as it is written.
/// </summary>
internal sealed class RequestBody : HttpContent
{
    /// <summary>Lengths in bytes between which a body is worth an answer that overtakes it. Below, it fits into the buffers of the connection,
    /// so that sending it takes no longer than the client does (16 KiB: one TLS record); above, <see cref="FillAsync"/> would take long.</summary>
    internal const long Small = 16 << 10, Huge = 64L << 30;

    /// <summary>Bytes after which a body is a stream of its own, taken off the thread that its bytes arrive on: what arrives while a piece
    /// is sent makes the next one larger. Piece by piece as they arrive, 4 KiB each, an upload went at 0.4 of nginx's pace.</summary>
    internal const long Long = 128 << 10;

    /// <summary>Stands for what HttpClient need not write; never read, never sent.</summary>
    private static readonly byte[] Filler = new byte[1 << 20];

    private readonly ClientBodyReader _client;
    private readonly AttemptTimer _timer;
    private readonly long? _length;
    private readonly long? _limit;
    private readonly ReplayBuffer? _replay;
    private readonly ReplayBuffer? _copy;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _started;
    private volatile bool _isSent;

    /// <summary>Completes when the call that writes the last byte has returned, or is under way; null before.</summary>
    private volatile TaskCompletionSource? _lastWrite;
    private ReachableConnection? _connection;

    /// <param name="client">Where the body comes from.</param>
    /// <param name="length">Its Content-Length in bytes; null sends it chunked.</param>
    /// <param name="limit">Bytes taken at the most; null for no limit.</param>
    /// <param name="timer">Told of progress and of the end.</param>
    /// <param name="replay">What an attempt before has taken from the client, to be sent first; and keeps what this one takes. Null when
    /// nothing is kept.</param>
    /// <param name="copy">Keeps what is taken from the client for a copy of the request; null when there is none.</param>
    public RequestBody(PipeReader client, long? length, long? limit, AttemptTimer timer, ReplayBuffer? replay = null, ReplayBuffer? copy = null) =>
        (_client, _length, _limit, _timer, _replay, _copy) = (new ClientBodyReader(client), length, limit, timer, replay, copy);

    /// <summary>Bytes taken from the client so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Whether it is being sent.</summary>
    public bool IsUnderWay => _started && !_finished.Task.IsCompleted;

    /// <summary>Completes, and never fails, when nobody reads the client's body any more. Never completes if it is not sent at all.</summary>
    public Task Finished => _finished.Task;

    /// <summary>Whether the client's next piece is awaited, or was when the waiting ended.</summary>
    public bool AwaitsClient => _client.IsAwaited;

    /// <summary>What the client did wrong: a body over its limit, malformed chunks, a broken connection. Null when it was not the client.</summary>
    public Exception? ClientFailure => _client.Failure;

    /// <summary>Whether it is worth writing beside HttpClient, so that its answer may come first.</summary>
    public bool CanBeOvertaken => _length is null or (> Small and <= Huge);

    /// <summary>Whether it is to be written beside HttpClient, on the connection that <see cref="Reach"/> will tell.</summary>
    public bool IsBeside { get; set; }

    /// <summary>Whether its last byte is written.</summary>
    public bool IsSent => _isSent;

    /// <summary>
    /// The same, asked when the instance speaks, to tell an early answer. The instance may have the last byte, and answer, before the
    /// call that wrote it returns, so that is waited for; not so for a call that waits itself, as for an instance that reads nothing:
    /// what is answered meanwhile is early.
    /// </summary>
    public async ValueTask<bool> IsSentAsync()
    {
        if (_lastWrite is { } call)
        {
            await call.Task;
        }

        return _isSent;
    }

    /// <summary>The connection that the request goes out on, if one can be written to beside HttpClient.</summary>
    public void Reach(ReachableConnection connection)
    {
        _connection = connection;
        connection.Expect(this);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (_started)
        {
            // Over HTTP/2 HttpClient sends a request again when the instance says that it has not looked at it, also after reading from here.
            throw new UnsentException("What was read of the body cannot be read again.") { IsRefused = true };
        }

        _started = true;
        if (IsBeside)
        {
            try
            {
                // The head leaves, and only with it the connection is known.
                await stream.FlushAsync(cancellationToken);
            }
            catch
            {
                // The connection is broken, or the client has left: nobody will read the client's body.
                _finished.TrySetResult();
                throw;
            }

            _ = SendBesideAsync(_connection!);
            await FillAsync(stream, cancellationToken);
            return;
        }

        try
        {
            await SendAsync(new BodyWriter(stream, asChunks: false), cancellationToken);
        }
        finally
        {
            _finished.TrySetResult();
        }
    }

    /// <summary>Sends it while HttpClient reads the answer. Never throws: whoever waits for the answer learns what went wrong.</summary>
    private async Task SendBesideAsync(ReachableConnection connection)
    {
        try
        {
            await SendAsync(new BodyWriter(connection.BeginBody(), asChunks: _length is null), _timer.Token);
        }
        catch (Exception) when (ClientFailure is not null)
        {
            _timer.Abandon();
        }
        catch (Exception)
        {
            // The instance takes no more. It may have answered all the same; if not, its end of the connection says so.
            _timer.BodySent();
        }
        finally
        {
            _finished.TrySetResult();
        }
    }

    /// <summary>HttpClient reads the answer once it has written as many bytes as were announced; these go nowhere.</summary>
    private async ValueTask FillAsync(Stream stream, CancellationToken cancellationToken)
    {
        for (long left = _length ?? 0; left > 0; left -= Filler.Length)
        {
            await stream.WriteAsync(Filler.AsMemory(0, (int)Math.Min(left, Filler.Length)), cancellationToken);
        }
    }

    /// <summary>
    /// Waits until nobody reads the client's body any more. A service may answer before it has read the whole request, and HttpClient
    /// then goes on sending in the background: but the body belongs to the server again once the request is over.
    /// </summary>
    public ValueTask StopAsync()
    {
        if (IsUnderWay)
        {
            _timer.Abandon();
            return new ValueTask(_finished.Task);
        }

        return ValueTask.CompletedTask;
    }

    private async Task SendAsync(BodyWriter service, CancellationToken cancellationToken)
    {
        if (_replay is { Content.IsEmpty: false })
        {
            await SendAsync(new ReadOnlySequence<byte>(_replay.Content), service, cancellationToken);
        }

        for (bool isCompleted = _replay is { IsComplete: true }; !isCompleted;)
        {
            ReadResult read = await _client.ReadAsync(service, isLong: BytesRead >= Long, cancellationToken);
            isCompleted = read.IsCompleted;
            try
            {
                _replay?.Append(read.Buffer, isCompleted);
                if (!IsOverLimit(read.Buffer))
                {
                    _copy?.Append(read.Buffer, isCompleted);
                }

                await SendAsync(read.Buffer, service, cancellationToken);
            }
            finally
            {
                // Also when it fails: what was read must be given back, or the server cannot read past the rest and drops the connection.
                _client.AdvanceTo(read.Buffer.End);
            }
        }

        if (BytesRead < _length)
        {
            throw LengthIsWrong();
        }

        if (!_isSent)
        {
            await SendLastAsync(service, ReadOnlySequence<byte>.Empty, cancellationToken);
        }

        _timer.BodySent();
    }

    /// <summary>What it sends last, with which it is whole; <see cref="IsSentAsync"/> says what is to be known meanwhile.</summary>
    private async ValueTask SendLastAsync(BodyWriter service, ReadOnlySequence<byte> piece, CancellationToken cancellationToken)
    {
        var call = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _lastWrite = call;
        try
        {
            ValueTask writing = _length is null ? service.EndAsync(cancellationToken) : service.WriteAsync(piece, cancellationToken);
            _isSent = writing.IsCompletedSuccessfully;
            call.SetResult();
            await writing;
            _isSent = true;
        }
        finally
        {
            call.TrySetResult();
        }
    }

    private async ValueTask SendAsync(ReadOnlySequence<byte> arrived, BodyWriter service, CancellationToken cancellationToken)
    {
        if (IsOverLimit(arrived))
        {
            throw _client.Fail(new BadHttpRequestException("The body is over its limit.", StatusCodes.Status413PayloadTooLarge));
        }

        if (BytesRead + arrived.Length > _length)
        {
            throw LengthIsWrong();
        }

        BytesRead += arrived.Length;
        await (BytesRead == _length && !arrived.IsEmpty
            ? SendLastAsync(service, arrived, cancellationToken)
            : service.WriteAsync(arrived, cancellationToken));
        _timer.Progress();
    }

    /// <summary>What the client is told of it.</summary>
    internal const string WrongLength = "The request body is not as long as its Content-Length says.";

    /// <summary>The server sees to the length itself; but an application may have put another body in its place (UseRequestDecompression does), or
    /// have read it. What goes beyond what was announced the service would take for the next request.</summary>
    private Exception LengthIsWrong() => _client.Fail(new BadHttpRequestException(WrongLength, StatusCodes.Status400BadRequest));

    private bool IsOverLimit(ReadOnlySequence<byte> arrived) => BytesRead + arrived.Length > _limit;

    protected override bool TryComputeLength(out long length)
    {
        length = _length ?? 0;
        return _length.HasValue;
    }
}
