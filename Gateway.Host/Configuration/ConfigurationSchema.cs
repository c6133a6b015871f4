using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Gateway.Core;
using Gateway.Core.Configuration;

namespace Gateway.Host.Configuration;

/// <summary>
/// The JSON Schema of a configuration file, for editors, made from the records that it binds to: draft-07, which editors support best. Whatever it
/// takes the binder takes too; it is stricter in that keys and words are to be spelt as the records spell them, sections to be written as
/// sections and numbers as numbers. What may stand in another file is required nowhere. The same text each time.
/// </summary>
internal sealed class ConfigurationSchema
{
    /// <summary>hh:mm:ss, with parts of a second behind, as the binder reads them; days may stand before.</summary>
    private const string TimeOfDay = @"([01]?[0-9]|2[0-3]):[0-5]?[0-9]:[0-5]?[0-9](\.[0-9]{1,7})?$";

    private const string Flag = "^([Tt]rue|[Ff]alse|TRUE|FALSE)$";

    private static readonly JsonSerializerOptions Types = ConfigurationJson.Options;

    private readonly Dictionary<string, (string Min, string Max)> _ranges = OptionRanges.All();

    private ConfigurationSchema()
    {
    }

    public static string Text()
    {
        var schema = new ConfigurationSchema();
        var root = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "Configuration of the gateway",
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["$schema"] = new JsonObject { ["type"] = "string" },
                [BoundSettings.KestrelKey] = schema.Record(BoundSettings.KestrelKey, typeof(KestrelSettings)),
                [SettingsBinder.GatewayKey] = schema.Record(SettingsBinder.GatewayKey, typeof(GatewayOptions), typeof(HostOptions)),
            },
            ["additionalProperties"] = false,
        };
        using var content = new MemoryStream();
        using (var json = new Utf8JsonWriter(content, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            root.WriteTo(json);
        }

        return Encoding.UTF8.GetString(content.ToArray()) + "\n";
    }

    private JsonObject Record(string key, params IReadOnlyList<Type> records)
    {
        var properties = new JsonObject();
        foreach (Type record in records)
        {
            foreach (Setting setting in new SettingsShape(ConfigurationJson.Types, record).Settings)
            {
                JsonObject schema = Value($"{key}:{setting.Name}", setting.Type, setting.IsNullable);
                Describe(schema, $"{key}:{setting.Name}", record, setting);
                properties[setting.Name] = schema;
            }
        }

        return new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
    }

    private void Describe(JsonObject schema, string key, Type record, Setting setting)
    {
        string? comment = OptionComments.Of(record, setting.Name);
        string? range = _ranges.TryGetValue(key, out (string Min, string Max) bounds) && OptionRanges.NumberOf(bounds.Min) is null ? $"Allowed are {bounds.Min} to {bounds.Max}." : null;
        if ((comment ?? range) is not null)
        {
            schema["description"] = string.Join(' ', new[] { comment, range }.OfType<string>());
        }

        // What is required has no default that would do.
        bool isRequired = comment?.EndsWith(" Required.", StringComparison.Ordinal) == true && !comment.EndsWith("Default Required.", StringComparison.Ordinal);
        if (setting.Default is not null && !isRequired && setting.Type.Kind == JsonTypeInfoKind.None)
        {
            schema["default"] = JsonNode.Parse(JsonSerializer.SerializeToUtf8Bytes(setting.Default, setting.Type));
        }
    }

    private JsonObject Value(string key, JsonTypeInfo type, bool isNullable)
    {
        JsonObject schema = type.Kind switch
        {
            JsonTypeInfoKind.Object => Record(key, type.Type),
            JsonTypeInfoKind.Dictionary => new JsonObject { ["type"] = "object", ["additionalProperties"] = Value($"{key}:{OptionRanges.AnyName}", ElementOf(type), isNullable: false) },
            JsonTypeInfoKind.Enumerable => new JsonObject { ["type"] = "array", ["items"] = Value($"{key}:0", ElementOf(type), isNullable: false) },
            _ => Scalar(key, Nullable.GetUnderlyingType(type.Type) ?? type.Type),
        };
        if (isNullable)
        {
            AllowNull(schema);
        }

        return schema;
    }

    /// <summary>As in all .NET configuration a value is a text at heart, so 5 is a text, too. A number that is written as one would escape its bounds.</summary>
    private JsonObject Scalar(string key, Type type)
    {
        if (type == typeof(string))
        {
            return new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") };
        }

        if (type == typeof(bool))
        {
            return new JsonObject { ["type"] = new JsonArray("boolean", "string"), ["pattern"] = Flag };
        }

        if (type == typeof(TimeSpan))
        {
            return new JsonObject { ["type"] = new JsonArray("string"), ["pattern"] = Duration(key) };
        }

        if (type.IsEnum)
        {
            return Word(type);
        }

        bool isWhole = type != typeof(double);
        var number = new JsonObject { ["type"] = new JsonArray(isWhole ? "integer" : "number") };
        if (_ranges.TryGetValue(key, out (string Min, string Max) bounds))
        {
            number["minimum"] = Bound(bounds.Min, isWhole);
            number["maximum"] = Bound(bounds.Max, isWhole);
        }
        else if (type == typeof(int))
        {
            (number["minimum"], number["maximum"]) = (int.MinValue, int.MaxValue);
        }

        return number;
    }

    /// <summary>No sign where there is nothing below zero, and no more days than the key, or a duration, can have.</summary>
    private string Duration(string key)
    {
        bool isBounded = _ranges.TryGetValue(key, out (string Min, string Max) bounds);
        TimeSpan min = isBounded ? TimeSpan.Parse(bounds.Min, CultureInfo.InvariantCulture) : TimeSpan.MinValue;
        TimeSpan max = isBounded ? TimeSpan.Parse(bounds.Max, CultureInfo.InvariantCulture) : TimeSpan.MaxValue;

        // The last day that a duration can hold is not a whole one.
        int days = isBounded ? max.Days : max.Days - 1;
        return $"^{(min < TimeSpan.Zero ? "-?" : "")}{(days == 0 ? "" : $@"(({UpTo(days)})\.)?")}{TimeOfDay}";
    }

    /// <summary>Matches 0 to this number, without leading zeros.</summary>
    internal static string UpTo(int most)
    {
        string digits = most.ToString(CultureInfo.InvariantCulture);
        var forms = new List<string> { "0", digits };
        if (digits.Length > 1)
        {
            forms.Add(digits.Length == 2 ? "[1-9]" : $"[1-9][0-9]{{0,{digits.Length - 2}}}");
        }

        // As many digits: the same up to one place, less there, and anything behind it.
        for (int i = 0; i < digits.Length; i++)
        {
            char least = i == 0 ? '1' : '0';
            if (digits[i] > least)
            {
                int behind = digits.Length - i - 1;
                forms.Add($"{digits[..i]}[{least}-{(char)(digits[i] - 1)}]{(behind == 0 ? "" : $"[0-9]{{{behind}}}")}");
            }
        }

        return string.Join('|', forms);
    }

    private static JsonValue Bound(string text, bool isWhole) => OptionRanges.NumberOf(text) is { } bound
        ? isWhole ? JsonValue.Create((long)bound) : JsonValue.Create(bound)
        : throw new InvalidOperationException($"'{text}' is not the bound of a number.");

    private static JsonObject Word(Type type)
    {
        string[] names = Enum.GetNames(type);
        string any = $"({string.Join('|', names)})";
        return type.IsDefined(typeof(FlagsAttribute), inherit: false)
            ? new JsonObject { ["type"] = new JsonArray("string"), ["pattern"] = $"^{any}(, *{any})*$", ["examples"] = ListOf(names) }
            : new JsonObject { ["type"] = new JsonArray("string"), ["enum"] = ListOf(names) };
    }

    private static JsonArray ListOf(string[] names) => new([.. names.Select(static name => (JsonNode)name)]);

    private static void AllowNull(JsonObject schema)
    {
        if (schema["type"] is JsonArray types)
        {
            types.Add((JsonNode)"null");
        }
        else
        {
            schema["type"] = new JsonArray(schema["type"]!.DeepClone(), "null");
        }

        if (schema["enum"] is JsonArray words)
        {
            words.Add((JsonNode?)null);
        }
    }

    private static JsonTypeInfo ElementOf(JsonTypeInfo collection) => Types.GetTypeInfo(collection.ElementType!);
}
