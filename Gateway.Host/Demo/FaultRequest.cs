using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Gateway.Host.Demo;

/// <summary>What somebody asks of a service's fault knobs; what is null stays as it is.</summary>
internal sealed record FaultRequest
{
    internal static readonly TimeSpan MinDuration = TimeSpan.FromMilliseconds(1), MaxDuration = TimeSpan.FromHours(1);

    private const string Known = "down=8s, latency=200ms, errors=50%, for=10s (ends latency and errors), clear";

    /// <summary>How long every request breaks off. 1 ms – 1 h.</summary>
    public TimeSpan? Down { get; init; }

    /// <summary>Added before every answer. 1 ms – 1 h.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>Share of requests answered with 500. Percent, 0–100.</summary>
    public double? ErrorPercent { get; init; }

    /// <summary>How long <see cref="Latency"/> and <see cref="ErrorPercent"/> last. 1 ms – 1 h; null: until changed.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>All knobs back to nothing before the others are set.</summary>
    public bool Clear { get; init; }

    /// <summary>Reads a query such as <c>?latency=200ms&amp;for=10s</c>; null and a sentence when something is wrong with it.</summary>
    public static FaultRequest? Parse(IEnumerable<KeyValuePair<string, StringValues>> query, out string? problem)
    {
        var request = new FaultRequest();
        bool empty = true;
        foreach ((string key, StringValues values) in query)
        {
            empty = false;
            string value = values.Count == 1 ? values[0] ?? "" : values.ToString();
            if (request.With(key, value, out problem) is not { } next)
            {
                return null;
            }

            request = next;
        }

        bool endsNothing = request.For is not null && request.Latency is null && request.ErrorPercent is null;
        problem = empty ? $"Say what shall happen: {Known}."
            : endsNothing ? "'for' ends latency or errors; give one of them with it."
            : null;
        return problem is null ? request : null;
    }

    private FaultRequest? With(string key, string value, out string? problem)
    {
        problem = null;
        switch (key)
        {
            case "clear" when value.Length == 0:
                return this with { Clear = true };
            case "errors":
                return Percent(value, out problem) is { } percent ? this with { ErrorPercent = percent } : null;
            case "down" or "latency" or "for":
                return Duration(key, value, out problem) is { } time ? WithDuration(key, time) : null;
            default:
                problem = key == "clear" ? "'clear' takes no value." : $"There is no knob '{key}'; there are {Known}.";
                return null;
        }
    }

    private FaultRequest WithDuration(string key, TimeSpan time) => key switch
    {
        "down" => this with { Down = time },
        "latency" => this with { Latency = time },
        _ => this with { For = time },
    };

    private static double? Percent(string value, out string? problem)
    {
        problem = TryNumber(value.AsSpan().TrimEnd('%'), out double percent) && percent <= 100
            ? null
            : $"'errors={value}' is not a share from 0% to 100%, such as 50%.";
        return problem is null ? percent : null;
    }

    private static TimeSpan? Duration(string key, string value, out string? problem)
    {
        (string unit, double milliseconds) = value switch
        {
            _ when value.EndsWith("ms", StringComparison.Ordinal) => ("ms", 1),
            _ when value.EndsWith('s') => ("s", 1_000),
            _ when value.EndsWith('m') => ("m", 60_000),
            _ => ("", 0.0),
        };
        bool read = TryNumber(value.AsSpan(0, value.Length - unit.Length), out double number);
        double total = number * milliseconds;
        problem = read && total >= MinDuration.TotalMilliseconds && total <= MaxDuration.TotalMilliseconds
            ? null
            : $"'{key}={value}' is not a time from 1ms to 60m, such as 200ms, 8s or 2m.";
        return problem is null ? TimeSpan.FromMilliseconds(total) : null;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
}
