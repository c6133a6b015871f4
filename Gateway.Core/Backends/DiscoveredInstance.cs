namespace Gateway.Core.Backends;

/// <summary>Whether an instance that was found takes new requests.</summary>
public enum DiscoveredState
{
    /// <summary>It does.</summary>
    Ready,

    /// <summary>It is about to leave: it gets new requests only while nobody is ready.</summary>
    Draining,
}

/// <summary>An instance as an <see cref="InstanceSource"/> found it. Immutable.</summary>
/// <param name="Url">Scheme, host and port, for example <c>http://10.0.0.4:8004</c>; as of <see cref="InstanceOptions.Url"/>.</param>
public sealed record DiscoveredInstance(string Url)
{
    /// <summary>Share of the traffic; as of <see cref="InstanceOptions.Weight"/>.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>What requests name as their host, and TLS as its server: a name, with a port if it is not the scheme's. Null (default): that of <see cref="Url"/>.</summary>
    public string? Authority { get; init; }

    /// <summary>Whether it takes new requests. Default Ready.</summary>
    public DiscoveredState State { get; init; }
}
