using System.Buffers;
using System.IO.Pipelines;

namespace Gateway.Host.Kubernetes;

/// <summary>Reads a stream line by line, none of them longer than a bound.</summary>
/// <param name="stream">Not disposed here.</param>
internal sealed class WatchLines(Stream stream) : IAsyncDisposable
{
    /// <summary>Bytes of a line. A slice holds at most 1,000 endpoints, of about 600 bytes each.</summary>
    internal const int MaxLine = 4 << 20;

    private readonly PipeReader _reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 << 10, leaveOpen: true));
    private SequencePosition? _after;

    /// <summary>The next line without its end, to be used before the next call; null at the end of the stream, where a line without an end is none.</summary>
    /// <param name="heard">Called whenever bytes have come.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="KubernetesException">The line is too long.</exception>
    public async ValueTask<ReadOnlySequence<byte>?> NextAsync(Action heard, CancellationToken cancellationToken)
    {
        if (_after is { } consumed)
        {
            _reader.AdvanceTo(consumed);
            _after = null;
        }

        while (true)
        {
            ReadResult read = await _reader.ReadAsync(cancellationToken);
            heard();
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                _after = read.Buffer.GetPosition(1, end);
                return read.Buffer.Slice(0, end);
            }

            bool isTooLong = read.Buffer.Length > MaxLine;
            _reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (isTooLong)
            {
                throw new KubernetesException($"an event of the watch is longer than {MaxLine} bytes");
            }

            if (read.IsCompleted)
            {
                return null;
            }
        }
    }

    public ValueTask DisposeAsync() => _reader.CompleteAsync();
}
