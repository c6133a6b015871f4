using Gateway.Core.Resilience;

namespace Gateway.Core.Backends;

/// <summary>One address of a service with what we believe about it. Safe from any thread.</summary>
internal sealed class ServiceInstance
{
    private int _inFlight;

    public ServiceInstance(InstanceOptions options, CircuitBreakerOptions breaker, TimeProvider clock, int index = 0)
    {
        Address = InstanceOptions.TryParseUrl(options.Url, out Uri address)
            ? address
            : throw new ArgumentException($"'{options.Url}' is not an instance's address.", nameof(options));
        Origin = address.GetLeftPart(UriPartial.Authority);
        Name = address.Authority;
        Weight = options.Weight;
        Index = index;
        Breaker = new CircuitBreaker(breaker, clock);
    }

    /// <summary>Host and port: the label of metrics, the <c>instance</c> of the log.</summary>
    public string Name { get; }

    public Uri Address { get; }

    /// <summary>Scheme, host and port without a slash at the end.</summary>
    public string Origin { get; }

    public int Weight { get; }

    /// <summary>Position among its service's instances: balancers keep what they remember per instance in arrays by it.</summary>
    public int Index { get; }

    public CircuitBreaker Breaker { get; }

    public ServiceHealth Health { get; } = new();

    /// <summary>Requests being proxied to this instance now.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public void Enter() => Interlocked.Increment(ref _inFlight);

    public void Leave() => Interlocked.Decrement(ref _inFlight);
}
