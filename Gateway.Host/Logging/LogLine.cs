using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Serilog.Events;

namespace Gateway.Host.Logging;

/// <summary>Makes one JSON object, and a line of it, in UTF-8, of an event of the gateway.</summary>
internal static class LogLine
{
    private static readonly JsonWriterOptions Options = new()
    {
        // Quotes and the like stand as they are: a log line is no HTML. Control characters are escaped all the same.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>The event's line with its end.</summary>
    public static ReadOnlySpan<byte> Format(LogEvent logEvent)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            Write(json, logEvent);
        }

        bytes.Write("\n"u8);
        return bytes.WrittenSpan;
    }

    private static void Write(Utf8JsonWriter json, LogEvent logEvent)
    {
        json.WriteStartObject();
        json.WriteString("timestamp"u8, logEvent.Timestamp.ToUniversalTime());
        json.WriteString("level"u8, logEvent.Level switch
        {
            LogEventLevel.Information => "info",
            LogEventLevel.Fatal => "error",
            _ => logEvent.Level.ToString().ToLowerInvariant(),
        });
        json.WriteString("message"u8, logEvent.RenderMessage(System.Globalization.CultureInfo.InvariantCulture));
        if (logEvent.Properties.TryGetValue("SourceContext", out LogEventPropertyValue? source) && source is ScalarValue { Value: string name })
        {
            json.WriteString("source"u8, name);
        }

        if (logEvent.Exception is { } exception)
        {
            json.WriteString("exception"u8, exception.ToString());
        }

        json.WriteEndObject();
    }
}
