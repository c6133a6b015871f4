using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Configuration;
using Gateway.Core.Errors;

namespace Gateway.Host.Configuration;

/// <summary>
/// The bounds of numbers and durations, as the validation itself tells them: it is asked about a configuration in which all are far too small, one
/// of everything in it. So there is no second list of bounds.
/// </summary>
internal static partial class OptionRanges
{
    /// <summary>The name of what a dictionary holds, in that configuration and in the keys that come back.</summary>
    public const string AnyName = "x";

    private static readonly JsonSerializerOptions Types = ConfigurationJson.Options;

    /// <summary>Lower and upper bound, as they are printed, by the key; <see cref="AnyName"/> stands for every name, 0 for every index.</summary>
    public static Dictionary<string, (string Min, string Max)> All()
    {
        var problems = new List<ConfigurationProblem>();
        ConfigurationNode root = ConfigurationFile.Parse("bounds", TooSmall(), 0, problems)!;
        BoundSettings bound = BoundSettings.Of(new SettingsBinder(root, ConfigurationJson.Types, isWhole: true, problems));
        if (problems.Count > 0)
        {
            throw new InvalidOperationException($"The configuration to ask for bounds cannot be bound: {problems[0]}");
        }

        var ranges = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
        foreach (OptionError error in ConfigurationLoader.Validate(bound, Directory.GetCurrentDirectory()))
        {
            if (OutOfRange().Match(error.Message) is { Success: true } match)
            {
                ranges[error.Key] = (match.Groups[1].Value, match.Groups[2].Value);
            }
        }

        return ranges;
    }

    /// <summary>A bound as a number: <c>12</c>, <c>0.5</c>, or the fraction <c>1/86400</c> with a word about it; null for a duration.</summary>
    public static double? NumberOf(string bound)
    {
        string[] parts = bound.Split(' ')[0].Split('/');
        return !double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? null
            : parts.Length == 1 ? number
            : number / double.Parse(parts[1], CultureInfo.InvariantCulture);
    }

    private static byte[] TooSmall()
    {
        using var content = new MemoryStream();
        using (var json = new Utf8JsonWriter(content))
        {
            json.WriteStartObject();
            json.WritePropertyName(SettingsBinder.GatewayKey);
            Write(new SettingsShape(ConfigurationJson.Types, typeof(GatewayOptions), typeof(HostOptions)), json);
            json.WriteEndObject();
        }

        return content.ToArray();
    }

    private static void Write(SettingsShape shape, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (Setting setting in shape.Settings)
        {
            if (setting.Type.Type == typeof(AuthMode))
            {
                // The mode in which both ways to check a token count, and so the bounds of both.
                json.WriteString(setting.Name, nameof(AuthMode.JwtThenAuthService));
            }
            else if (Has(setting.Type))
            {
                json.WritePropertyName(setting.Name);
                Write(setting.Type, json);
            }
        }

        json.WriteEndObject();
    }

    private static void Write(JsonTypeInfo type, Utf8JsonWriter json)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                Write(new SettingsShape(ConfigurationJson.Types, type.Type), json);
                break;
            case JsonTypeInfoKind.Dictionary:
                json.WriteStartObject();
                json.WritePropertyName(AnyName);
                Write(Types.GetTypeInfo(type.ElementType!), json);
                json.WriteEndObject();
                break;
            case JsonTypeInfoKind.Enumerable:
                json.WriteStartArray();
                Write(Types.GetTypeInfo(type.ElementType!), json);
                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(Smallest(type.Type));
                break;
        }
    }

    /// <summary>Whether a value of the type is a number or a duration, or may hold one.</summary>
    private static bool Has(JsonTypeInfo type) => type.Kind switch
    {
        JsonTypeInfoKind.Object => true,
        JsonTypeInfoKind.Dictionary or JsonTypeInfoKind.Enumerable => Has(Types.GetTypeInfo(type.ElementType!)),
        _ => Smallest(type.Type).Length > 0,
    };

    private static string Smallest(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(int) || type == typeof(long) ? int.MinValue.ToString(CultureInfo.InvariantCulture)
            : type == typeof(double) ? "-1"
            : type == typeof(TimeSpan) ? "-00:00:01"
            : "";
    }

    [GeneratedRegex("is out of range; allowed are (.+) to (.+)$")]
    private static partial Regex OutOfRange();
}
