using Gateway.Core.Errors;

namespace Gateway.Core.Reception;

/// <summary>How the gateway leaves.</summary>
public sealed record ShutdownOptions
{
    internal static readonly TimeSpan Max = TimeSpan.FromHours(1);

    /// <summary>How long new connections are still served after readiness has turned 503, so that load balancers notice. 0 – 1 h; default 5 s.</summary>
    public TimeSpan DrainDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long requests in flight may then take. 0 – 1 h; default 30 s, as the spec says.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    internal void Validate(string at, OptionErrors errors)
    {
        errors.Range($"{at}:{nameof(DrainDelay)}", DrainDelay, TimeSpan.Zero, Max);
        errors.Range($"{at}:{nameof(DrainTimeout)}", DrainTimeout, TimeSpan.Zero, Max);
    }
}
