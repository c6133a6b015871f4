using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Proxying;

/// <summary>
/// The client's body on its way to the service, piece by piece, never held whole. Sent on as it comes: what has arrived is
/// flushed before more is awaited, so that a slow stream reaches the service as it is written.
/// </summary>
internal sealed class RequestBody : HttpContent
{
    private readonly PipeReader _client;
    private readonly AttemptTimer _timer;
    private readonly long? _length;
    private readonly long? _limit;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _started;

    /// <param name="client">Where the body comes from.</param>
    /// <param name="length">Its Content-Length in bytes; null sends it chunked.</param>
    /// <param name="limit">Bytes taken at the most; null for no limit.</param>
    /// <param name="timer">Told of progress and of the end.</param>
    public RequestBody(PipeReader client, long? length, long? limit, AttemptTimer timer)
    {
        (_client, _length, _limit, _timer) = (client, length, limit, timer);
    }

    /// <summary>Bytes taken from the client so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Whether it is being sent.</summary>
    public bool IsUnderWay => _started && !_finished.Task.IsCompleted;

    /// <summary>Completes, and never fails, when nobody reads the client's body any more. Never completes if it is not sent at all.</summary>
    public Task Finished => _finished.Task;

    /// <summary>Whether the client's next piece is awaited, or was when the waiting ended.</summary>
    public bool AwaitsClient { get; private set; }

    /// <summary>What the client did wrong: a body over its limit, malformed chunks, a broken connection. Null when it was not the client.</summary>
    public Exception? ClientFailure { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _started = true;
        try
        {
            await SendAsync(stream, cancellationToken);
        }
        finally
        {
            _finished.TrySetResult();
        }
    }

    /// <summary>
    /// Waits until nobody reads the client's body any more. A service may answer before it has read the whole request, and HttpClient
    /// then goes on sending in the background: but the body belongs to the server again once the request is over.
    /// </summary>
    public ValueTask StopAsync()
    {
        if (!_started || _finished.Task.IsCompleted)
        {
            return ValueTask.CompletedTask;
        }

        _timer.Abandon();
        return new ValueTask(_finished.Task);
    }

    private async Task SendAsync(Stream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read = await ReadAsync(stream, cancellationToken);
            try
            {
                await SendAsync(read.Buffer, stream, cancellationToken);
            }
            finally
            {
                // Also when it fails: what was read must be given back, or the server cannot read past the rest and drops the connection.
                _client.AdvanceTo(read.Buffer.End);
            }

            if (read.IsCompleted)
            {
                break;
            }
        }

        _timer.BodySent();
    }

    private async ValueTask SendAsync(ReadOnlySequence<byte> arrived, Stream stream, CancellationToken cancellationToken)
    {
        if (BytesRead + arrived.Length > _limit)
        {
            ClientFailure = new BadHttpRequestException("The body is over its limit.", StatusCodes.Status413PayloadTooLarge);
            throw ClientFailure;
        }

        foreach (ReadOnlyMemory<byte> piece in arrived)
        {
            await stream.WriteAsync(piece, cancellationToken);
        }

        BytesRead += arrived.Length;
        _timer.Progress();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length ?? 0;
        return _length.HasValue;
    }

    private async ValueTask<ReadResult> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            if (_client.TryRead(out ReadResult ready))
            {
                return ready;
            }
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            ClientFailure = failure;
            throw;
        }

        await stream.FlushAsync(cancellationToken);
        AwaitsClient = true;
        try
        {
            ReadResult read = await _client.ReadAsync(cancellationToken);
            AwaitsClient = false;
            return read;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            ClientFailure = failure;
            throw;
        }
    }
}
