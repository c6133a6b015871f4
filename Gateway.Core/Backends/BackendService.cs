namespace Gateway.Core.Backends;

/// <summary>A service behind the gateway with its instances. Safe from any thread.</summary>
internal sealed class BackendService
{
    private readonly Lock _refresh = new();
    private volatile ServiceInstance[] _healthy;

    public BackendService(string name, int index, ServiceOptions options, TimeProvider clock)
    {
        (Name, Index, Options) = (name, index, options);
        Instances = [.. options.Instances.Select((instance, at) => new ServiceInstance(instance, options.CircuitBreaker, clock, at))];
        _healthy = Instances;
    }

    public string Name { get; }

    /// <summary>Position in the configuration's snapshot: stages keep what they decided per service in arrays by it.</summary>
    public int Index { get; }

    public ServiceOptions Options { get; }

    public ServiceInstance[] Instances { get; }

    /// <summary>The instances that active checks believe in; swapped whole, never changed in place.</summary>
    public ServiceInstance[] Healthy => _healthy;

    /// <summary>Takes the instances' health over into <see cref="Healthy"/>. Called by the checker after a change.</summary>
    public void RefreshHealthy()
    {
        // Instances are checked side by side: without the lock an older view could overwrite a newer one.
        lock (_refresh)
        {
            _healthy = [.. Instances.Where(static instance => instance.Health.Status == HealthStatus.Healthy)];
        }
    }
}
