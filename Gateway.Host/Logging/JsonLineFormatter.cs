using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Core.Responses;
using Serilog.Events;
using Serilog.Formatting;

namespace Gateway.Host.Logging;

/// <summary>One JSON object a line: access-log entries in the contract's shape, everything else as an event of the gateway.</summary>
internal sealed class JsonLineFormatter : ITextFormatter
{
    /// <summary>The property that carries an <see cref="AccessLogEntry"/> through Serilog untouched.</summary>
    public const string EntryProperty = "entry";

    /// <summary>Quotes and the like stand as they are: a log line is no HTML. Control characters are escaped all the same.</summary>
    private static readonly LogJson Json = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public void Format(LogEvent logEvent, TextWriter output)
    {
        output.WriteLine(
            logEvent.Properties.TryGetValue(EntryProperty, out LogEventPropertyValue? value)
                && value is ScalarValue { Value: AccessLogEntry entry }
            ? JsonSerializer.Serialize(new AccessLogLine(entry), Json.AccessLogLine)
            : JsonSerializer.Serialize(Describe(logEvent), Json.EventLine));
    }

    private static EventLine Describe(LogEvent logEvent) => new(
        logEvent.Timestamp.ToUniversalTime(),
        logEvent.Level switch
        {
            LogEventLevel.Information => "info",
            LogEventLevel.Fatal => "error",
            _ => logEvent.Level.ToString().ToLowerInvariant(),
        },
        logEvent.RenderMessage(System.Globalization.CultureInfo.InvariantCulture),
        logEvent.Properties.TryGetValue("SourceContext", out LogEventPropertyValue? source) && source is ScalarValue { Value: string name } ? name : null,
        logEvent.Exception?.ToString());
}
