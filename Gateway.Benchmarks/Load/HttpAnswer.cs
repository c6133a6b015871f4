using System.Buffers.Text;
using System.Text;

namespace Gateway.Benchmarks.Load;

/// <summary>What has arrived of an answer.</summary>
/// <param name="IsWhole">Nothing is missing.</param>
/// <param name="Status">Its status; 0 while the head is missing.</param>
/// <param name="Closes">The connection serves no further request.</param>
internal readonly record struct HttpAnswer(bool IsWhole, int Status, bool Closes)
{
    private const int StatusAt = 9, StatusDigits = 3;

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    /// <summary>Reads what has arrived from the beginning; cheap for the answers of a few hundred bytes that load tests ask for.</summary>
    /// <exception cref="InvalidDataException">It is no answer whose end can be told from its framing.</exception>
    public static HttpAnswer Read(ReadOnlySpan<byte> arrived)
    {
        int head = arrived.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return default;
        }

        if (!arrived.StartsWith("HTTP/1."u8) || !Utf8Parser.TryParse(arrived.Slice(StatusAt, StatusDigits), out int status, out _))
        {
            throw new InvalidDataException("The answer is not HTTP/1.");
        }

        long length = status is 204 or 304 ? 0 : -1;
        bool chunked = false, closes = false;
        ReadOnlySpan<byte> lines = arrived[..(head + LineEnd.Length)];
        while (lines.IndexOf(LineEnd) is var end and > 0)
        {
            ReadOnlySpan<byte> line = lines[..end];
            lines = lines[(end + LineEnd.Length)..];
            if (Value(line, "content-length:"u8) is { IsEmpty: false } digits && status != 304)
            {
                length = Utf8Parser.TryParse(digits, out long bytes, out _) ? bytes : -1;
            }
            else if (Value(line, "transfer-encoding:"u8) is { IsEmpty: false } coding)
            {
                chunked = Is(coding, "chunked"u8);
            }
            else if (Value(line, "connection:"u8) is { IsEmpty: false } option)
            {
                closes |= Is(option, "close"u8);
            }
        }

        ReadOnlySpan<byte> body = arrived[(head + 4)..];
        if (chunked)
        {
            return new HttpAnswer(EndsChunked(body), status, closes);
        }

        return length >= 0
            ? new HttpAnswer(body.Length >= length, status, closes)
            : throw new InvalidDataException("The answer has neither a length nor chunks.");
    }

    private static bool EndsChunked(ReadOnlySpan<byte> body)
    {
        while (body.IndexOf(LineEnd) is var line and > 0)
        {
            if (!Utf8Parser.TryParse(body[..line], out int size, out _, 'x') || size < 0)
            {
                throw new InvalidDataException("A chunk has no size.");
            }

            long next = (long)line + LineEnd.Length + size + LineEnd.Length;
            if (size == 0)
            {
                // Trailers, if any, end with an empty line.
                ReadOnlySpan<byte> rest = body[(line + LineEnd.Length)..];
                return rest.StartsWith(LineEnd) || rest.IndexOf("\r\n\r\n"u8) >= 0;
            }

            if (body.Length < next)
            {
                return false;
            }

            body = body[(int)next..];
        }

        return false;
    }

    /// <summary>The header's value when the line has that name (in lower case, with its colon); otherwise empty.</summary>
    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) =>
        line.Length > name.Length && Is(line[..name.Length], name) ? line[name.Length..].Trim((byte)' ') : default;

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
        Ascii.EqualsIgnoreCase(text, word);
}
