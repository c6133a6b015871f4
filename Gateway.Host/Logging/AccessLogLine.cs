using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Gateway.Core.Responses;

namespace Gateway.Host.Logging;

/// <summary>
/// The access log's JSON object: the fields of the spec's LogEntry in its order and types, then ours. Written straight into the line, since
/// every request writes one: half the cost of a Utf8JsonWriter, which looks at each value for more than can be in it.
/// </summary>
internal ref struct AccessLogLine
{
    /// <summary>Bytes of the names, the numbers and the punctuation; the rest is the entry's texts.</summary>
    private const int Frame = 640;

    /// <summary>Bytes that a character of a text takes at the most: <c>\u00AD</c>.</summary>
    private const int Widest = 6;

    /// <summary>Characters that stand in JSON as they are, one byte each.</summary>
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        " !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    private readonly Span<byte> _line;
    private int _length;

    private AccessLogLine(Span<byte> line) => _line = line;

    /// <summary>Writes the object, without an end of line.</summary>
    public static void Write(IBufferWriter<byte> to, in AccessLogEntry entry)
    {
        var line = new AccessLogLine(to.GetSpan(MaxLength(entry)));
        line.Write(entry);
        to.Advance(line._length);
    }

    private static int MaxLength(in AccessLogEntry entry) => Frame + (Widest * (
        entry.CorrelationId.Length + entry.Method.Length + entry.Path.Length + (entry.UserId?.Length ?? 0) + (entry.BackendService?.Length ?? 0)
        + (entry.Error?.Length ?? 0) + (entry.UserAgent?.Length ?? 0) + entry.ClientIp.Length + (entry.Route?.Length ?? 0)
        + (entry.Instance?.Length ?? 0) + entry.TraceId.Length));

    private void Write(in AccessLogEntry entry)
    {
        Add("{\"timestamp\":\""u8);
        entry.Timestamp.TryFormat(_line[_length..], out int written, "O", CultureInfo.InvariantCulture);
        _length += written;
        Add("\",\"level\":\""u8);
        Add(entry.Level switch
        {
            LogLevel.Warning => "warning"u8,
            LogLevel.Error => "error"u8,
            _ => "info"u8,
        });
        Add("\""u8);
        Add(",\"correlation_id\":"u8, entry.CorrelationId);
        Add(",\"method\":"u8, entry.Method);
        Add(",\"path\":"u8, entry.Path);
        AddIfAny(",\"user_id\":"u8, entry.UserId);
        Add(",\"backend_service\":"u8, entry.BackendService);

        // Whole milliseconds, since the spec's field is an integer; response_time_us has the rest.
        Add(",\"response_time_ms\":"u8, (long)Math.Round(entry.ResponseTimeMs));
        Add(",\"status_code\":"u8, entry.StatusCode);
        AddIfAny(",\"error\":"u8, entry.Error);
        Add(",\"user_agent\":"u8, entry.UserAgent);
        Add(",\"client_ip\":"u8, entry.ClientIp);
        Add(",\"response_time_us\":"u8, Thousandths(entry.ResponseTimeMs));
        AddIfAny(",\"route\":"u8, entry.Route);
        AddIfAny(",\"instance\":"u8, entry.Instance);
        Add(",\"attempts\":"u8, entry.Attempts);
        if (entry.UpstreamMs is { } upstream)
        {
            long thousandths = Thousandths(upstream);
            Add(",\"upstream_ms\":"u8, thousandths / 1000);
            AddFraction((int)(thousandths % 1000));
        }

        Add(",\"bytes_in\":"u8, entry.BytesIn);
        Add(",\"bytes_out\":"u8, entry.BytesOut);
        Add(",\"trace_id\":"u8, entry.TraceId.Span);
        Add("}"u8);
    }

    private static long Thousandths(double milliseconds) => (long)Math.Round(milliseconds * 1000);

    private void AddIfAny(ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
        {
            Add(name, text);
        }
    }

    private void Add(ReadOnlySpan<byte> name, ReadOnlySpan<char> text)
    {
        Add(name);
        _line[_length++] = (byte)'"';
        if (text.ContainsAnyExcept(Plain))
        {
            // Quotes are escaped, and control characters; angle brackets and the like stand as they are, since a log line is no HTML.
            _length += Encoding.UTF8.GetBytes(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text.ToString()), _line[_length..]);
        }
        else
        {
            Ascii.FromUtf16(text, _line[_length..], out int written);
            _length += written;
        }

        _line[_length++] = (byte)'"';
    }

    private void Add(ReadOnlySpan<byte> name, long number)
    {
        Add(name);
        number.TryFormat(_line[_length..], out int written, provider: CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <summary>Up to three digits behind the point, without zeros at the end.</summary>
    private void AddFraction(int thousandths)
    {
        if (thousandths == 0)
        {
            return;
        }

        _line[_length++] = (byte)'.';
        for (int unit = 100; thousandths > 0; unit /= 10)
        {
            _line[_length++] = (byte)('0' + (thousandths / unit));
            thousandths %= unit;
        }
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_line[_length..]);
        _length += bytes.Length;
    }
}
