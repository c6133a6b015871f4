using System.Globalization;
using Gateway.Core.Resilience;
using Gateway.Core.Telemetry;

namespace Gateway.Core.Backends;

/// <summary>What an operator wants of an instance, whatever its checks say.</summary>
internal enum OperatorState
{
    /// <summary>Nothing: it gets requests if it is well.</summary>
    Ready,

    /// <summary>It gets no new requests; those under way go on.</summary>
    Drain,

    /// <summary>As <see cref="Drain"/>, and it counts as unhealthy.</summary>
    Down,
}

/// <summary>One address of a service with what we believe about it. Safe from any thread.</summary>
public sealed class ServiceInstance
{
    private readonly Load _load;
    private readonly TimeSpan _slowStart;
    private readonly TimeProvider _clock;

    /// <param name="options">Address and weight.</param>
    /// <param name="service">How instances of the service are treated.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="index">Position among the service's instances.</param>
    /// <param name="predecessor">The same address in the configuration before: what is believed about it goes on, as far as it is judged by the
    /// same options. Null for a new one.</param>
    internal ServiceInstance(InstanceOptions options, ServiceOptions service, TimeProvider clock, int index = 0, ServiceInstance? predecessor = null)
    {
        Address = InstanceOptions.TryParseUrl(options.Url, out Uri address)
            ? address
            : throw new ArgumentException($"'{options.Url}' is not an instance's address.", nameof(options));
        Origin = address.GetLeftPart(UriPartial.Authority);
        Name = NameOf(address);
        Authority = options.Authority;
        Weight = options.Weight;
        Index = index;
        (_clock, _slowStart, Options) = (clock, service.Outliers.SlowStart, service);
        _load = predecessor?._load ?? new Load();
        Breaker = predecessor is not null && predecessor.Options.CircuitBreaker == service.CircuitBreaker
            ? predecessor.Breaker
            : new CircuitBreaker(service.CircuitBreaker, clock);
        Limit = predecessor is not null && predecessor.Options.Concurrency == service.Concurrency
            ? predecessor.Limit
            : new ConcurrencyLimit(service.Concurrency, clock);
        bool sameRules = predecessor is not null && predecessor.Options.Outliers == service.Outliers;
        Outliers = sameRules ? predecessor!.Outliers : new OutlierWindow(service.Outliers, clock);
        Ejection = sameRules ? predecessor!.Ejection : new Ejection(clock);

        // Without checks nobody would ever find it well again.
        Health = predecessor is not null && service.HealthCheck is not null ? predecessor.Health : new ServiceHealth();
    }

    /// <summary>An instance by itself, for a <c>LoadBalancer</c> that is used alone.</summary>
    /// <param name="url">Scheme, host and port.</param>
    /// <param name="weight">Share against the others'; 1 or more.</param>
    /// <param name="index">Position among them: no two have the same.</param>
    /// <exception cref="ArgumentException">The address is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The weight is below 1, or the index below 0.</exception>
    public ServiceInstance(string url, int weight, int index)
        : this(new InstanceOptions { Url = url, Weight = weight }, new ServiceOptions(), TimeProvider.System, index)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, InstanceOptions.MinWeight);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
    }

    /// <summary>Whether its checks believe in it; true without checks.</summary>
    public bool IsHealthy => Health.Status == HealthStatus.Healthy;

    private ServiceOptions Options { get; }

    /// <summary>Host and port, the port always: the label of metrics, the <c>instance</c> of the log.</summary>
    public string Name { get; }

    /// <summary>Scheme, host and port.</summary>
    public Uri Address { get; }

    /// <summary>Scheme, host and port without a slash at the end.</summary>
    internal string Origin { get; }

    /// <summary>What requests name as their host, and TLS as its server; null for the address's own.</summary>
    internal string? Authority { get; }

    /// <summary>Its share of the traffic against the others'.</summary>
    public int Weight { get; }

    /// <summary>Position among its service's instances: balancers keep what they remember per instance in arrays by it.</summary>
    public int Index { get; }

    internal CircuitBreaker Breaker { get; }

    internal ConcurrencyLimit Limit { get; }

    internal OutlierWindow Outliers { get; }

    internal Ejection Ejection { get; }

    internal ServiceHealth Health { get; }

    /// <summary>Requests being proxied to this instance now.</summary>
    public int InFlight => Volatile.Read(ref _load.InFlight);

    /// <summary>Attempts at it.</summary>
    internal TrafficFigures Figures => _load.Figures;

    /// <summary>What an operator wants. Changed by the service alone; goes on while configurations change.</summary>
    internal OperatorState Operator
    {
        get => _load.Operator;
        set => _load.Operator = value;
    }

    /// <summary>Whether it gets requests: nobody keeps them from it, its checks believe in it, its circuit is closed and it is not ejected.</summary>
    internal bool IsInService => Operator == OperatorState.Ready && Health.Status == HealthStatus.Healthy && Breaker.State == CircuitState.Closed && !Ejection.IsEjected;

    /// <summary>Whether nothing speaks against it.</summary>
    internal bool IsWell => IsInService && !Health.IsInDoubt;

    internal static string NameOf(Uri address) => string.Create(CultureInfo.InvariantCulture, $"{address.Host}:{address.Port}");

    /// <summary>A request to it begins; to be ended by <see cref="Leave"/>. The gateway itself counts its own.</summary>
    public void Enter() => Interlocked.Increment(ref _load.InFlight);

    /// <summary>A request to it has ended.</summary>
    public void Leave() => Interlocked.Decrement(ref _load.InFlight);

    /// <summary>It is back: its share grows from a tenth to the whole over <see cref="OutlierOptions.SlowStart"/>.</summary>
    internal void StartSlowly()
    {
        if (_slowStart > TimeSpan.Zero)
        {
            Volatile.Write(ref _load.SlowSince, _clock.GetTimestamp());
        }
    }

    /// <summary>The part of its share that it is to get now, above 0 and up to 1.</summary>
    internal double Share()
    {
        const double Least = 0.1;
        long since = Volatile.Read(ref _load.SlowSince);
        if (since == 0)
        {
            return 1;
        }

        double share = _clock.GetElapsedTime(since) / _slowStart;
        if (share < 1)
        {
            return Math.Max(Least, share);
        }

        Interlocked.CompareExchange(ref _load.SlowSince, 0, since);
        return 1;
    }

    /// <summary>What goes on counting while configurations change.</summary>
    private sealed class Load
    {
        public int InFlight;

        public TrafficFigures Figures { get; } = new();

        public volatile OperatorState Operator;

        /// <summary>Timestamp at which it came back; 0 when it has its full share.</summary>
        public long SlowSince;
    }
}
