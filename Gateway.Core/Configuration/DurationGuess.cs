using System.Buffers;
using System.Globalization;

namespace Gateway.Core.Configuration;

/// <summary>What someone may have meant who wrote <c>30</c>, <c>2 s</c>, <c>500ms</c> or <c>48:00:00</c> for a duration.</summary>
internal static class DurationGuess
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");
    private static readonly TimeSpan Example = TimeSpan.FromSeconds(30);

    /// <summary>The duration to show as an example: the one meant if that is plain, else half a minute.</summary>
    public static TimeSpan For(string text)
    {
        int digits = text.AsSpan().IndexOfAnyExcept(NumberCharacters);
        ReadOnlySpan<char> number = digits < 0 ? text : text.AsSpan(0, digits);
        ReadOnlySpan<char> unit = digits < 0 ? "" : text.AsSpan(digits).Trim();
        if (number.Length > 9 || !double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double amount))
        {
            return Example;
        }

        return unit switch
        {
            "" or "s" or "sec" or "second" or "seconds" => Within(amount, TimeSpan.FromSeconds(1)),
            "ms" => Within(amount, TimeSpan.FromMilliseconds(1)),
            "m" or "min" or "minute" or "minutes" => Within(amount, TimeSpan.FromMinutes(1)),
            "h" or "hour" or "hours" => Within(amount, TimeSpan.FromHours(1)),
            "d" or "day" or "days" => Within(amount, TimeSpan.FromDays(1)),
            _ when text.Split(':') is [_, "00", "00"] => Within(amount, TimeSpan.FromHours(1)),
            _ => Example,
        };
    }

    private static TimeSpan Within(double amount, TimeSpan unit) =>
        amount * unit.TotalDays < 10_000 ? amount * unit : Example;
}
