using Gateway.Core.Errors;

namespace Gateway.Core.Backends;

/// <summary>How long the gateway waits for a service. Each one that fires answers 504 <c>upstream_timeout</c>.</summary>
public sealed record TimeoutOptions
{
    internal static readonly TimeSpan Min = TimeSpan.FromMilliseconds(1), Max = TimeSpan.FromDays(1);

    /// <summary>For a connection to an instance to be made, TLS included. 1 ms – 1 day; default 2 s.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>From the start of the attempt, or with a body from its last byte sent, until the response's headers. 1 ms – 1 day; default 15 s, as Envoy's route timeout.</summary>
    public TimeSpan FirstByte { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Between two pieces of a body, in either direction; after an upgrade, without a byte in both. 1 ms – 1 day; default 1 min, as nginx's proxy_read_timeout.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>From the first attempt until the response's last byte. Ends where an upgrade or an event stream begins; <see cref="Idle"/> goes on.
    /// 1 ms – 1 day; default 30 s.</summary>
    public TimeSpan Total { get; init; } = TimeSpan.FromSeconds(30);

    internal void Validate(string at, OptionErrors errors)
    {
        errors.Range($"{at}:{nameof(Connect)}", Connect, Min, Max);
        errors.Range($"{at}:{nameof(FirstByte)}", FirstByte, Min, Max);
        errors.Range($"{at}:{nameof(Idle)}", Idle, Min, Max);
        errors.Range($"{at}:{nameof(Total)}", Total, Min, Max);
    }
}
