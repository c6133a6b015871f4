using System.Buffers;
using System.Buffers.Text;

namespace Gateway.Core.Proxying;

/// <summary>Writes a request's body to a service, piece by piece, in as few writes as the pieces allow.</summary>
/// <param name="service">Where it goes.</param>
/// <param name="asChunks">Whether to frame it in chunks (RFC 9112 §7.1); else the pieces go as they are.</param>
internal readonly struct BodyWriter(Stream service, bool asChunks)
{
    /// <summary>Bytes that go into one write. What arrives from a client lies in blocks of 4 KiB, each of which would be a call of the system.</summary>
    internal const int Gathered = 65_536;

    /// <summary>Digits of the largest chunk's size, and a chunk's two line ends beside them.</summary>
    private const int Digits = 5, Head = Digits + 2, Tail = 2;

    /// <summary>Writes all of it; returns when the service's connection has taken it.</summary>
    public async ValueTask WriteAsync(ReadOnlySequence<byte> piece, CancellationToken cancellationToken)
    {
        if (!asChunks && piece.IsSingleSegment)
        {
            // Also when it is empty: it need not be, and costs nothing.
            await service.WriteAsync(piece.First, cancellationToken);
            return;
        }

        while (piece.Length > 0)
        {
            ReadOnlySequence<byte> part = piece.Slice(0, Math.Min(piece.Length, Gathered));
            piece = piece.Slice(part.End);
            byte[] buffer = ArrayPool<byte>.Shared.Rent((int)part.Length + Head + Tail);
            try
            {
                await service.WriteAsync(Frame(part, buffer), cancellationToken);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    public Task FlushAsync(CancellationToken cancellationToken) => service.FlushAsync(cancellationToken);

    /// <summary>Ends the body. Fields after it do not go on: see <see cref="ResponseTrailers"/>.</summary>
    public ValueTask EndAsync(CancellationToken cancellationToken) =>
        asChunks ? service.WriteAsync("0\r\n\r\n"u8.ToArray(), cancellationToken) : ValueTask.CompletedTask;

    private ReadOnlyMemory<byte> Frame(ReadOnlySequence<byte> part, byte[] buffer)
    {
        int length = (int)part.Length;
        if (!asChunks)
        {
            part.CopyTo(buffer);
            return buffer.AsMemory(0, length);
        }

        Utf8Formatter.TryFormat(length, buffer, out int digits, new StandardFormat('x'));
        "\r\n"u8.CopyTo(buffer.AsSpan(digits));
        part.CopyTo(buffer.AsSpan(digits + 2));
        "\r\n"u8.CopyTo(buffer.AsSpan(digits + 2 + length));
        return buffer.AsMemory(0, digits + 2 + length + 2);
    }
}
