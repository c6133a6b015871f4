using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Core.Responses;
using Serilog.Events;

namespace Gateway.Host.Logging;

/// <summary>
/// Makes one JSON object a line, in UTF-8: access-log entries in the contract's shape, everything else as an event of the gateway.
/// Keeps its buffers for the next line; not safe for concurrent use.
/// </summary>
internal sealed class LogLine : IDisposable
{
    /// <summary>The property that carries an <see cref="AccessLogEntry"/> through Serilog untouched.</summary>
    public const string EntryProperty = "entry";

    /// <summary>Bytes that most lines need; the buffer grows for the others.</summary>
    private const int UsualLength = 1024;

    private readonly ArrayBufferWriter<byte> _bytes = new(UsualLength);
    private readonly Utf8JsonWriter _json;

    public LogLine() => _json = new Utf8JsonWriter(_bytes, new JsonWriterOptions
    {
        // Quotes and the like stand as they are: a log line is no HTML. Control characters are escaped all the same.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    });

    /// <summary>The event's line with its end; valid until the next one.</summary>
    public ReadOnlySpan<byte> Format(LogEvent logEvent)
    {
        _bytes.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        if (logEvent.Properties.TryGetValue(EntryProperty, out LogEventPropertyValue? value) && value is ScalarValue { Value: AccessLogEntry entry })
        {
            AccessLogLine.Write(_json, entry);
        }
        else
        {
            WriteEvent(logEvent);
        }

        _json.WriteEndObject();
        _json.Flush();
        _bytes.Write("\n"u8);
        return _bytes.WrittenSpan;
    }

    public void Dispose() => _json.Dispose();

    private void WriteEvent(LogEvent logEvent)
    {
        _json.WriteString("timestamp"u8, logEvent.Timestamp.ToUniversalTime());
        _json.WriteString("level"u8, logEvent.Level switch
        {
            LogEventLevel.Information => "info",
            LogEventLevel.Fatal => "error",
            _ => logEvent.Level.ToString().ToLowerInvariant(),
        });
        _json.WriteString("message"u8, logEvent.RenderMessage(System.Globalization.CultureInfo.InvariantCulture));
        if (logEvent.Properties.TryGetValue("SourceContext", out LogEventPropertyValue? source) && source is ScalarValue { Value: string name })
        {
            _json.WriteString("source"u8, name);
        }

        if (logEvent.Exception is { } exception)
        {
            _json.WriteString("exception"u8, exception.ToString());
        }
    }
}
