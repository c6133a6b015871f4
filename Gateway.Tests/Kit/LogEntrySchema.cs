using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Core.Errors;

namespace Gateway.Tests.Kit;

/// <summary>
/// The specification's LogEntry, with our fields behind it, as strictly as a schema says it: which fields, in which order, of which types and
/// values. Those that the sketch marks <c>omitempty</c> may be missing, and so may ours that say nothing about a request.
/// </summary>
internal static partial class LogEntrySchema
{
    private static readonly Field[] Fields =
    [
        Text("timestamp", static text => Timestamp().IsMatch(text)),
        Text("level", static text => text is "info" or "warning" or "error"),
        Text("correlation_id", static text => CorrelationId().IsMatch(text)),
        Text("method", static text => text.Length <= 8_192),
        Text("path", static text => text is "" or "*" || (text[0] == '/' && text.Length <= 2_048 && !text.Contains('?', StringComparison.Ordinal))),
        Text("user_id", static text => text.Length > 0) with { IsOptional = true },
        Text("backend_service", static text => Name().IsMatch(text)),
        Whole("response_time_ms", 0, int.MaxValue),
        Whole("status_code", 100, 599),
        Text("error", Enum.GetValues<GatewayError>().Where(static error => error != GatewayError.None).Select(static error => error.Row().Reason).ToHashSet().Contains)
            with { IsOptional = true },
        Text("user_agent", static text => text.Length <= 512),
        Text("client_ip", static text => IPAddress.TryParse(text, out _)),
        Whole("response_time_us", 0, long.MaxValue),
        Text("route", static text => text.Length > 0 && Name().IsMatch(text)) with { IsOptional = true },
        Text("instance", static text => Instance().IsMatch(text)) with { IsOptional = true },
        Whole("attempts", 0, 100),
        new Field("upstream_ms", static value => value.TryGetDouble(out double number) && number >= 0) { IsOptional = true },
        Whole("bytes_in", 0, long.MaxValue),
        Whole("bytes_out", 0, long.MaxValue),
        Text("trace_id", static text => TraceId().IsMatch(text)),
    ];

    /// <summary>What is wrong with a line; empty when nothing is.</summary>
    public static IEnumerable<string> Problems(JsonElement line)
    {
        string[] names = [.. line.EnumerateObject().Select(static field => field.Name)];
        if (!names.SequenceEqual(Fields.Select(static field => field.Name).Where(names.Contains)))
        {
            yield return $"its fields are {string.Join(", ", names)}";
        }

        foreach (Field field in Fields)
        {
            if (!line.TryGetProperty(field.Name, out JsonElement value))
            {
                if (!field.IsOptional)
                {
                    yield return $"{field.Name} is missing";
                }
            }
            else if (!field.IsRight(value))
            {
                yield return $"{field.Name} is {value.GetRawText()}";
            }
        }
    }

    private static Field Text(string name, Predicate<string> isRight) =>
        new(name, value => value.ValueKind == JsonValueKind.String && isRight(value.GetString()!));

    private static Field Whole(string name, long min, long max) =>
        new(name, value => value.ValueKind == JsonValueKind.Number && long.TryParse(value.GetRawText(), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number >= min && number <= max);

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00\z")]
    private static partial Regex Timestamp();

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,128}\z")]
    private static partial Regex CorrelationId();

    [GeneratedRegex(@"^[A-Za-z0-9._-]{0,64}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^([A-Za-z0-9.-]+|\[[0-9a-f:]+\]):\d+\z")]
    private static partial Regex Instance();

    [GeneratedRegex(@"^[0-9a-f]{32}\z")]
    private static partial Regex TraceId();

    private sealed record Field(string Name, Predicate<JsonElement> IsRight)
    {
        public bool IsOptional { get; init; }
    }
}
