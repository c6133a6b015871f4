using System.Globalization;
using System.Text.Json;
using Gateway.Core.Errors;

namespace Gateway.Core.Configuration;

/// <summary>
/// Reads a single value by its type and writes it as the JSON that the serializer expects. As in .NET configuration every value
/// is a text at heart, so <c>"5"</c> is a number and 5 a text.
/// </summary>
internal static class ScalarText
{
    private const NumberStyles Real = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Writes the value, or says what is wrong with it and writes nothing.</summary>
    public static string? Write(string text, Type type, Utf8JsonWriter json)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
        {
            json.WriteStringValue(text);
            return null;
        }

        if (type == typeof(bool))
        {
            return WriteBool(text, json);
        }

        if (type == typeof(TimeSpan))
        {
            return WriteDuration(text, json);
        }

        if (type == typeof(double))
        {
            return WriteDouble(text, json);
        }

        if (type == typeof(int))
        {
            return WriteWhole(text, int.MinValue, int.MaxValue, json);
        }

        if (type == typeof(long))
        {
            return WriteWhole(text, long.MinValue, long.MaxValue, json);
        }

        return type.IsEnum
            ? WriteEnum(text, type, json)
            : throw new NotSupportedException($"No configuration value can be of type {type}.");
    }

    private static string? WriteBool(string text, Utf8JsonWriter json)
    {
        if (!bool.TryParse(text, out bool value))
        {
            return $"{ConfigurationProblem.Quote(text)} is neither true nor false";
        }

        json.WriteBooleanValue(value);
        return null;
    }

    private static string? WriteWhole(string text, long min, long max, Utf8JsonWriter json)
    {
        if (!TryReadWhole(text, out long value) || value < min || value > max)
        {
            return $"{ConfigurationProblem.Quote(text)} is not a whole number between {min} and {max}";
        }

        json.WriteNumberValue(value);
        return null;
    }

    /// <summary>A whole number may be written <c>1.0</c> or <c>1e3</c>, as in JSON, as long as a double holds it exactly.</summary>
    private static bool TryReadWhole(string text, out long value)
    {
        const double MostExact = 1L << 53;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
        {
            return true;
        }

        bool isWhole = double.TryParse(text, Real, CultureInfo.InvariantCulture, out double number) && double.IsInteger(number) && Math.Abs(number) <= MostExact;
        value = isWhole ? (long)number : 0;
        return isWhole;
    }

    private static string? WriteDouble(string text, Utf8JsonWriter json)
    {
        if (!double.TryParse(text, Real, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
        {
            return $"{ConfigurationProblem.Quote(text)} is not a number";
        }

        json.WriteNumberValue(value);
        return null;
    }

    private static string? WriteDuration(string text, Utf8JsonWriter json)
    {
        // The framework would take "30" for 30 days and "1:30" for an hour and a half.
        bool hasSeconds = text.AsSpan().Count(':') == 2;
        if (!hasSeconds || !TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out TimeSpan value))
        {
            return $"{ConfigurationProblem.Quote(text)} is not a duration; write hh:mm:ss, as in \"{DurationGuess.For(text):c}\"";
        }

        json.WriteStringValue(value.ToString("c", CultureInfo.InvariantCulture));
        return null;
    }

    private static string? WriteEnum(string text, Type type, Utf8JsonWriter json)
    {
        string[] names = Enum.GetNames(type);
        string[] given = type.IsDefined(typeof(FlagsAttribute), inherit: false) ? text.Split(',', StringSplitOptions.TrimEntries) : [text];
        for (int i = 0; i < given.Length; i++)
        {
            string? name = Array.Find(names, name => name.Equals(given[i], StringComparison.OrdinalIgnoreCase));
            if (name is null)
            {
                return $"{ConfigurationProblem.Quote(text)} is not one of {string.Join(", ", names)}{DidYouMean(given[i], names)}";
            }

            given[i] = name;
        }

        json.WriteStringValue(string.Join(", ", given));
        return null;
    }

    /// <summary>Long words are no typing mistakes, and comparing them costs their length each time.</summary>
    public static string DidYouMean(string word, IEnumerable<string> known) => IsComparable(word) ? Suggestion.For(word, known) : "";

    public static bool IsComparable(string word) => word.Length is > 0 and <= 64;
}
