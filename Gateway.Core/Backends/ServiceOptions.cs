using Gateway.Core.Errors;
using Gateway.Core.Resilience;

namespace Gateway.Core.Backends;

/// <summary>How an instance is chosen for a request.</summary>
public enum LoadBalancingPolicy
{
    /// <summary>Each in turn.</summary>
    RoundRobin,

    /// <summary>Each in turn by weight, interleaved without bursts (nginx's smooth algorithm).</summary>
    WeightedRoundRobin,

    /// <summary>The one with the fewest requests in flight, divided by its weight; ties in turn.</summary>
    LeastConnections,

    /// <summary>The less loaded of two chosen at random.</summary>
    PowerOfTwoChoices,
}

/// <summary>One address at which a service runs.</summary>
public sealed record InstanceOptions
{
    internal const int MinWeight = 1, MaxWeight = 10_000;

    /// <summary>Scheme, host and port, for example <c>http://10.0.0.4:8004</c>. No path, query or user. Required.</summary>
    public string Url { get; init; } = "";

    /// <summary>Share of the traffic against the service's other instances. 1–10,000; default 1.
    /// Counts under WeightedRoundRobin and LeastConnections.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>What requests name as their host, and TLS as its server. Null: that of <see cref="Url"/>. For instances that were found under a name.</summary>
    internal string? Authority { get; init; }

    internal void Validate(string at, OptionErrors errors)
    {
        if (!TryParseUrl(Url, out _))
        {
            errors.Add($"{at}:{nameof(Url)}",
                $"'{Url}' is not an instance's address; write scheme, host and port, as in 'http://10.0.0.4:8004'");
        }

        errors.Range($"{at}:{nameof(Weight)}", Weight, MinWeight, MaxWeight);
    }

    internal static bool TryParseUrl(string url, out Uri parsed)
    {
        return Uri.TryCreate(url, UriKind.Absolute, out parsed!)
            && (parsed.Scheme == Uri.UriSchemeHttp || parsed.Scheme == Uri.UriSchemeHttps)
            && parsed.Host.Length > 0
            && parsed.PathAndQuery == "/" && parsed.Fragment.Length == 0 && parsed.UserInfo.Length == 0
            && !url.EndsWith('?') && !url.EndsWith('#');
    }
}

/// <summary>A service behind the gateway: its instances and how they are treated.</summary>
public sealed record ServiceOptions
{
    internal const int MaxInstances = 1_000;

    /// <summary>Where the service runs; 1–1,000 distinct addresses. Required, unless <see cref="Discovery"/> finds them: then none are listed.</summary>
    public IReadOnlyList<InstanceOptions> Instances { get; init; } = [];

    /// <summary>How the instances are found. Default: they are listed.</summary>
    public DiscoveryOptions Discovery { get; init; } = new();

    /// <summary>How an instance is chosen. Default RoundRobin, as the spec says.</summary>
    public LoadBalancingPolicy LoadBalancing { get; init; }

    /// <summary>Name of a policy that the application brings (<c>GatewayExtensions.LoadBalancers</c>), in place of <see cref="LoadBalancing"/>.
    /// Null (default): none.</summary>
    public string? CustomLoadBalancing { get; init; }

    /// <summary>Active checks; null (default) means none: every instance counts as healthy.</summary>
    public HealthCheckOptions? HealthCheck { get; init; }

    /// <summary>The breaker of each instance.</summary>
    public CircuitBreakerOptions CircuitBreaker { get; init; } = new();

    /// <summary>When an instance that does badly is left out for a while.</summary>
    public OutlierOptions Outliers { get; init; } = new();

    /// <summary>How many attempts an instance gets at a time.</summary>
    public ConcurrencyOptions Concurrency { get; init; } = new();

    /// <summary>When a request that failed is sent to another instance.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>How long the gateway waits.</summary>
    public TimeoutOptions Timeouts { get; init; } = new();

    /// <summary>Speak HTTP/2 to the instances (prior knowledge on <c>http:</c>). Default false: HTTP/1.1.</summary>
    public bool Http2 { get; init; }

    /// <summary>Whether somebody is asked for the instances.</summary>
    internal bool IsDiscovered => Discovery.Source is not null;

    /// <summary>Whether both say the same. The records' own equality would compare lists by reference.</summary>
    internal bool Says(ServiceOptions other) =>
        (this with { Instances = other.Instances }) == other && Instances.SequenceEqual(other.Instances);

    internal void Validate(string at, OptionErrors errors)
    {
        Discovery.Validate($"{at}:{nameof(Discovery)}", errors);
        if (IsDiscovered && Instances.Count > 0)
        {
            errors.Add($"{at}:{nameof(Instances)}", $"the service has {nameof(Discovery)} of the kind {Discovery.Source}, which finds its instances; list none");
        }
        else if (!IsDiscovered && Instances.Count is (0 or > MaxInstances))
        {
            errors.Add($"{at}:{nameof(Instances)}", $"a service has 1 to {MaxInstances} instances, this one has {Instances.Count}");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < Instances.Count; i++)
        {
            string instanceAt = $"{at}:{nameof(Instances)}:{i}";
            Instances[i].Validate(instanceAt, errors);
            if (InstanceOptions.TryParseUrl(Instances[i].Url, out Uri url) && !seen.Add(ServiceInstance.NameOf(url)))
            {
                errors.Add($"{instanceAt}:{nameof(InstanceOptions.Url)}", $"'{Instances[i].Url}' is listed twice; give the first a higher Weight instead");
            }
        }

        HealthCheck?.Validate($"{at}:{nameof(HealthCheck)}", errors);
        CircuitBreaker.Validate($"{at}:{nameof(CircuitBreaker)}", errors);
        Outliers.Validate($"{at}:{nameof(Outliers)}", errors);
        Concurrency.Validate($"{at}:{nameof(Concurrency)}", errors);
        Retry.Validate($"{at}:{nameof(Retry)}", errors);
        Timeouts.Validate($"{at}:{nameof(Timeouts)}", errors);
    }
}
