using System.Globalization;
using System.Text;
using Gateway.Core.Errors;

namespace Gateway.Core.Configuration;

/// <summary>One thing that is wrong, for the person who wrote the configuration.</summary>
/// <param name="Origin">Where it is.</param>
/// <param name="Message">One sentence. May quote the file; <see cref="ToString"/> makes it safe for a terminal.</param>
internal sealed record ConfigurationProblem(ValueOrigin Origin, string Message)
{
    private const int MaxLength = 2_000;

    /// <summary>The key and what is wrong with it; null for what is wrong with a file as a whole.</summary>
    public OptionError? Error { get; private init; }

    /// <summary>A problem with one key.</summary>
    public static ConfigurationProblem At(ValueOrigin origin, OptionError error) => new(origin, error.ToString()) { Error = error };

    /// <summary>Quotes what the user wrote, shortened.</summary>
    public static string Quote(string text)
    {
        const int Longest = 60;
        return text.Length <= Longest ? $"'{text}'" : $"'{text.AsSpan(0, Longest)}…'";
    }

    /// <summary><c>file:line:column: message</c> on one line, control characters escaped.</summary>
    public override string ToString()
    {
        string origin = Origin.ToString();
        return Printable(origin.Length == 0 ? Message : $"{origin}: {Message}");
    }

    /// <summary>A text that may quote a file, on one line, safe for a terminal.</summary>
    public static string Printable(string text)
    {
        var line = new StringBuilder();
        foreach (char c in text)
        {
            if (line.Length >= MaxLength)
            {
                line.Append('…');
                break;
            }

            if (char.IsControl(c) || c is '\u2028' or '\u2029')
            {
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                line.Append(c);
            }
        }

        return line.ToString();
    }
}
