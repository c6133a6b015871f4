using Gateway.Core.Errors;

namespace Gateway.Core.Backends;

/// <summary>How the host names of instances and of the auth service become addresses: in the background, not while a request waits.
/// A connection to an instance that has a name takes requests for a minute, so that a changed answer is soon followed by all.</summary>
public sealed record DnsOptions
{
    internal static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(1), MaxInterval = TimeSpan.FromHours(1);
    internal static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(10), MaxTimeout = TimeSpan.FromMinutes(1);

    /// <summary>Time between the end of one look-up of a name and the start of the next, with ±10 % jitter; about a second while the name has
    /// no answer at all. 1 s – 1 h; default 30 s, as long as Kubernetes' DNS lets answers be kept.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a look-up may take before it counts as failed; addresses once had then stay in use. 10 ms – 1 min; default 5 s, as
    /// the system's resolver gives one name server.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    internal void Validate(string at, OptionErrors errors)
    {
        errors.Range($"{at}:{nameof(RefreshInterval)}", RefreshInterval, MinInterval, MaxInterval);
        errors.Range($"{at}:{nameof(Timeout)}", Timeout, MinTimeout, MaxTimeout);
    }
}
