using System.Globalization;
using Gateway.Core.Errors;

namespace Gateway.Core.Backends;

/// <summary>Who says where a service runs.</summary>
public enum DiscoveryKind
{
    /// <summary>The configuration: <see cref="ServiceOptions.Instances"/>.</summary>
    Static,

    /// <summary>DNS: every address of a host name is an instance, as behind a headless service of Kubernetes.</summary>
    Dns,

    /// <summary>The Kubernetes API: the endpoint slices of a service. In the binary alone.</summary>
    Kubernetes,
}

/// <summary>How the instances of a service are found. What was found last stays in use while nobody can be asked. Immutable.</summary>
public sealed record DiscoveryOptions
{
    private const int LongestLabel = 63;
    internal static readonly TimeSpan MinStartTimeout = TimeSpan.Zero, MaxStartTimeout = TimeSpan.FromMinutes(5);

    /// <summary>Who is asked. Default Static: nobody, the instances are listed.</summary>
    public DiscoveryKind Kind { get; init; }

    /// <summary>Name of a source that the application brings (<c>GatewayExtensions.InstanceSources</c>), in place of <see cref="Kind"/>. Null
    /// (default): none.</summary>
    public string? CustomSource { get; init; }

    /// <summary>Name of the source that is asked; null when there is none.</summary>
    internal string? Source => CustomSource ?? (Kind == DiscoveryKind.Static ? null : Kind.ToString());

    /// <summary>Dns: scheme, host name and port, for example <c>http://product-headless:8004</c>. Looked up every
    /// <see cref="DnsOptions.RefreshInterval"/>; requests go to the addresses, but name this host, in TLS too. Required there.</summary>
    public string? Url { get; init; }

    /// <summary>Kubernetes: name of the Service object. Required there.</summary>
    public string? Service { get; init; }

    /// <summary>Kubernetes: namespace of the Service object. Null (default): the gateway's own.</summary>
    public string? Namespace { get; init; }

    /// <summary>Kubernetes: the port's name, or its number (1–65,535) at the pods. Null (default): the only one that there is; a slice with
    /// several, or with none, then gives no instances.</summary>
    public string? Port { get; init; }

    /// <summary>Kubernetes: <c>http</c> (default) or <c>https</c>; with the latter TLS expects the name <c>service.namespace.svc</c>.</summary>
    public string Scheme { get; init; } = Uri.UriSchemeHttp;

    /// <summary>How long readiness at the start, and a configuration that brings the service, wait for the first answer; without one the
    /// service has no instances then. 0 – 5 min; default 10 s, as the probes' usual period.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <param name="at">The section's key.</param>
    /// <param name="errors">Gathers what is wrong.</param>
    internal void Validate(string at, OptionErrors errors)
    {
        errors.Range($"{at}:{nameof(StartTimeout)}", StartTimeout, MinStartTimeout, MaxStartTimeout);
        ValidateOwnKeys(at, errors);
        switch (Kind)
        {
            case DiscoveryKind.Dns:
                ValidateDns(at, errors);
                break;
            case DiscoveryKind.Kubernetes:
                ValidateKubernetes(at, errors);
                break;
        }
    }

    private void ValidateOwnKeys(string at, OptionErrors errors)
    {
        (string Key, DiscoveryKind Of, bool IsSet)[] keys =
        [
            (nameof(Url), DiscoveryKind.Dns, Url is not null),
            (nameof(Service), DiscoveryKind.Kubernetes, Service is not null),
            (nameof(Namespace), DiscoveryKind.Kubernetes, Namespace is not null),
            (nameof(Port), DiscoveryKind.Kubernetes, Port is not null),
            (nameof(Scheme), DiscoveryKind.Kubernetes, Scheme != Uri.UriSchemeHttp),
        ];
        foreach ((string key, DiscoveryKind of, _) in keys.Where(key => key.IsSet && key.Of != Kind))
        {
            errors.Add($"{at}:{key}", $"{key} counts for {nameof(Kind)} {of} alone, and this one's is {Kind}");
        }
    }

    private void ValidateDns(string at, OptionErrors errors)
    {
        if (Url is null)
        {
            errors.Add($"{at}:{nameof(Url)}", "discovery by DNS needs scheme, host name and port, as in 'http://product-headless:8004'");
        }
        else if (!InstanceOptions.TryParseUrl(Url, out Uri url))
        {
            errors.Add($"{at}:{nameof(Url)}", $"'{Url}' is not an address; write scheme, host name and port, as in 'http://product-headless:8004'");
        }
        else if (HostResolver.NameOf(url) is null)
        {
            errors.Add($"{at}:{nameof(Url)}", $"'{Url}' has no name to be looked up; list addresses under {nameof(ServiceOptions.Instances)}");
        }
    }

    private void ValidateKubernetes(string at, OptionErrors errors)
    {
        if (Service is null)
        {
            errors.Add($"{at}:{nameof(Service)}", "discovery by Kubernetes needs the name of a Service object");
        }
        else if (!IsLabel(Service))
        {
            errors.Add($"{at}:{nameof(Service)}", $"'{Service}' is not the name of a Service object; those are 1 to {LongestLabel} of a-z, 0-9 and '-'");
        }

        if (Namespace is not null && !IsLabel(Namespace))
        {
            errors.Add($"{at}:{nameof(Namespace)}", $"'{Namespace}' is not the name of a namespace; those are 1 to {LongestLabel} of a-z, 0-9 and '-'");
        }

        bool isNumber = int.TryParse(Port, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        if (Port is not null && (isNumber ? number is < 1 or > ushort.MaxValue : !IsLabel(Port)))
        {
            errors.Add($"{at}:{nameof(Port)}", $"'{Port}' is neither a port's name nor a number from 1 to {ushort.MaxValue}");
        }

        if (Scheme != Uri.UriSchemeHttp && Scheme != Uri.UriSchemeHttps)
        {
            errors.Add($"{at}:{nameof(Scheme)}", $"'{Scheme}' is neither http nor https");
        }
    }

    /// <summary>RFC 1123's label, as Kubernetes uses it; one that could mean something else in a path or a query is none.</summary>
    private static bool IsLabel(string name) => name.Length is > 0 and <= LongestLabel && name[0] != '-' && name[^1] != '-'
        && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
