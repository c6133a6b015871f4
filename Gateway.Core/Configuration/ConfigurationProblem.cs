using Gateway.Core.Errors;

namespace Gateway.Core.Configuration;

/// <summary>One thing that is wrong, for the person who wrote the configuration.</summary>
/// <param name="Origin">Where it is.</param>
/// <param name="Message">One sentence. May quote the file; <see cref="ToString"/> makes it safe for a terminal.</param>
internal sealed record ConfigurationProblem(ValueOrigin Origin, string Message)
{
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
        return Printable.Of(origin.Length == 0 ? Message : $"{origin}: {Message}");
    }
}
