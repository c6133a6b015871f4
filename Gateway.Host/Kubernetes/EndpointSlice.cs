using System.Text.Json.Serialization;

namespace Gateway.Host.Kubernetes;

/// <summary>What an object of the API says of itself.</summary>
internal sealed record ObjectMetadata
{
    public string? Name { get; init; }

    public string? ResourceVersion { get; init; }

    /// <summary>Of a list: what asks for the next page; empty or null on the last.</summary>
    public string? Continue { get; init; }
}

/// <summary>A piece of the endpoints of a service, of one address family (discovery.k8s.io/v1); and, since a watch sends whatever it has in one place,
/// the API's Status. Only what is read here; lists are null where Go has nothing.</summary>
internal sealed record EndpointSlice
{
    public ObjectMetadata? Metadata { get; init; }

    /// <summary><c>IPv4</c>, <c>IPv6</c> or <c>FQDN</c>.</summary>
    public string? AddressType { get; init; }

    public IReadOnlyList<Endpoint>? Endpoints { get; init; }

    public IReadOnlyList<EndpointPort>? Ports { get; init; }

    /// <summary>Of a Status: as in HTTP.</summary>
    public int Code { get; init; }

    /// <summary>Of a Status: what went wrong, for people.</summary>
    public string? Message { get; init; }
}

internal sealed record Endpoint
{
    /// <summary>All are the same endpoint; consumers take the first.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    public EndpointConditions? Conditions { get; init; }

    public ObjectReference? TargetRef { get; init; }
}

/// <summary>Each null when it is not known.</summary>
internal sealed record EndpointConditions
{
    public bool? Ready { get; init; }

    public bool? Serving { get; init; }

    public bool? Terminating { get; init; }
}

internal sealed record ObjectReference
{
    public string? Uid { get; init; }
}

internal sealed record EndpointPort
{
    public string? Name { get; init; }

    /// <summary>Null: any.</summary>
    public int? Port { get; init; }

    /// <summary>Null: TCP.</summary>
    public string? Protocol { get; init; }
}

internal sealed record EndpointSliceList
{
    public ObjectMetadata? Metadata { get; init; }

    public IReadOnlyList<EndpointSlice>? Items { get; init; }
}

/// <summary>One line of a watch.</summary>
internal sealed record WatchEvent
{
    /// <summary><c>ADDED</c>, <c>MODIFIED</c>, <c>DELETED</c>, <c>BOOKMARK</c> or <c>ERROR</c>.</summary>
    public string? Type { get; init; }

    public EndpointSlice? Object { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EndpointSliceList))]
[JsonSerializable(typeof(WatchEvent))]
internal sealed partial class KubernetesJson : JsonSerializerContext;
