namespace Gateway.Core.Backends;

/// <summary>What happened to our belief in an instance.</summary>
public enum InstanceEvent
{
    /// <summary>Active checks gave it up.</summary>
    Unhealthy,

    /// <summary>Active checks believe in it again.</summary>
    Healthy,

    /// <summary>Its circuit opened: it gets no requests.</summary>
    CircuitOpened,

    /// <summary>Its circuit closed.</summary>
    CircuitClosed,

    /// <summary>It is left out for a while.</summary>
    Ejected,

    /// <summary>Its ejection is over.</summary>
    Returned,
}

/// <summary>Something happened to our belief in an instance.</summary>
/// <param name="Service">Name of the service.</param>
/// <param name="Instance">Host and port.</param>
/// <param name="Happened">What.</param>
/// <param name="Why">In a few words; null where there is nothing to say.</param>
public readonly record struct InstanceChange(string Service, string Instance, InstanceEvent Happened, string? Why);

/// <summary>Is told of events, after the service has been brought up to date; from any thread, under no lock. Must neither block nor throw.</summary>
/// <param name="service">Whose instance.</param>
/// <param name="instance">Which.</param>
/// <param name="happened">What.</param>
/// <param name="why">In a few words; null where there is nothing to say.</param>
internal delegate void InstanceWatcher(BackendService service, ServiceInstance instance, InstanceEvent happened, string? why);
