using System.Globalization;

namespace Gateway.Benchmarks.WebSockets;

/// <summary>How much is measured.</summary>
internal sealed record WebSocketsOptions
{
    /// <summary>Most connections at a time: each takes two descriptors here and two in the gateway, of 20,000 that a process may commonly have.</summary>
    private const int MaxConnections = 9_000;
    private const int MaxSeconds = 3_600;

    /// <summary>WebSockets that stay open and say nothing; 0 to 9,000.</summary>
    public int Idle { get; private init; } = 5_000;

    /// <summary>WebSockets that echo without pause; 0 to 9,000.</summary>
    public int Busy { get; private init; } = 1_000;

    /// <summary>How long they do; 1 to 3,600.</summary>
    public int Seconds { get; private init; } = 60;

    /// <summary>Null when the arguments are not to be understood.</summary>
    public static WebSocketsOptions? Parse(ReadOnlySpan<string> arguments)
    {
        var options = new WebSocketsOptions();
        for (; arguments is [{ } name, { } text, ..]; arguments = arguments[2..])
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value))
            {
                return null;
            }

            switch (name)
            {
                case "--idle" when value <= MaxConnections:
                    options = options with { Idle = value };
                    break;
                case "--busy" when value <= MaxConnections:
                    options = options with { Busy = value };
                    break;
                case "--seconds" when value is > 0 and <= MaxSeconds:
                    options = options with { Seconds = value };
                    break;
                default:
                    return null;
            }
        }

        return arguments.IsEmpty ? options : null;
    }
}
