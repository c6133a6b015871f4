using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using System.Text;

namespace Gateway.Core.Proxying;

/// <summary>
/// Frames an HTTP/1.1 body in chunks (RFC 9112 §7.1) so that fields may follow it, which Kestrel's own chunks leave no room for.
/// One piece at a time: each <see cref="Advance"/> belongs to the <see cref="GetMemory"/> before it, and becomes one chunk.
/// </summary>
internal sealed class ChunkedWriter(PipeWriter connection) : PipeWriter
{
    /// <summary>Hex digits of a chunk's size, leading zeros included: enough for any piece that is asked for.</summary>
    private const int Digits = 5;

    private const int Head = Digits + 2, Tail = 2, LargestChunk = (1 << (4 * Digits)) - 1;

    private Memory<byte> _piece;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        _piece = connection.GetMemory(Math.Max(sizeHint, 1) + Head + Tail);
        return _piece[Head..Math.Min(_piece.Length - Tail, Head + LargestChunk)];
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        // A chunk of no bytes would be the last one.
        if (bytes == 0)
        {
            return;
        }

        Span<byte> chunk = _piece.Span;
        Utf8Formatter.TryFormat(bytes, chunk, out _, new StandardFormat('x', Digits));
        "\r\n"u8.CopyTo(chunk[Digits..]);
        "\r\n"u8.CopyTo(chunk[(Head + bytes)..]);
        connection.Advance(Head + bytes + Tail);
    }

    /// <summary>Ends the body: the last chunk and the fields after it, which hold no control characters.</summary>
    public void End(IEnumerable<KeyValuePair<string, HeaderStringValues>> trailers)
    {
        var end = new StringBuilder("0\r\n");
        foreach ((string name, HeaderStringValues values) in trailers)
        {
            foreach (string value in values)
            {
                end.Append(name).Append(": ").Append(value).Append("\r\n");
            }
        }

        connection.Write(Encoding.Latin1.GetBytes(end.Append("\r\n").ToString()));
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => connection.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => connection.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => connection.Complete(exception);
}
