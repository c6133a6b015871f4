using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Core.Backends;

namespace Gateway.Host.Kubernetes;

/// <summary>The endpoint slices of one service, and the instances that they come to. Not safe from several threads.</summary>
/// <param name="discovery">Says the service, its port and its scheme.</param>
/// <param name="at">The service's namespace.</param>
internal sealed class EndpointSlices(DiscoveryOptions discovery, string at)
{
    /// <summary>Slices of one service; 100 endpoints each are usual. Count; more are an error, so that memory has a bound.</summary>
    internal const int MaxSlices = 1_000;

    private readonly string _authority = $"{discovery.Service}.{at}.svc";
    private readonly int? _port = int.TryParse(discovery.Port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
    private Dictionary<string, EndpointSlice> _byName = [];

    /// <summary>Whether there are slices whose endpoints are names, which are left out.</summary>
    public bool HaveNames => _byName.Values.Any(static slice => slice.AddressType == "FQDN");

    /// <summary>These are all there are.</summary>
    /// <exception cref="KubernetesException">There are too many.</exception>
    public void Replace(IEnumerable<EndpointSlice> slices)
    {
        var all = new Dictionary<string, EndpointSlice>();
        foreach (EndpointSlice slice in slices)
        {
            Put(all, slice);
        }

        _byName = all;
    }

    /// <summary>There is a slice, or it has changed.</summary>
    /// <exception cref="KubernetesException">There are too many.</exception>
    public void Set(EndpointSlice slice) => Put(_byName, slice);

    /// <summary>There is no such slice any more.</summary>
    public void Remove(EndpointSlice slice) => _byName.Remove(slice.Metadata?.Name ?? "");

    /// <summary>
    /// Each pod once: of one that has two families the IPv4 address, and of one that stands in two slices, as when it moves between them, the
    /// better word. One that is not told otherwise is ready; one that is ending drains while it still serves, even where its service publishes it as ready.
    /// </summary>
    public IReadOnlyList<DiscoveredInstance> Instances() =>
    [
        .. _byName.Values.OrderBy(static slice => slice.AddressType, StringComparer.Ordinal).SelectMany(Found)
            .OrderBy(static found => found.Instance.State)
            .GroupBy(static found => found.Pod, static found => found.Instance)
            .Select(static pod => pod.First()),
    ];

    private static void Put(Dictionary<string, EndpointSlice> all, EndpointSlice slice)
    {
        all[slice.Metadata?.Name ?? ""] = slice;
        if (all.Count > MaxSlices)
        {
            throw new KubernetesException($"the service has more than {MaxSlices} endpoint slices");
        }
    }

    private IEnumerable<(string Pod, DiscoveredInstance Instance)> Found(EndpointSlice slice)
    {
        if (PortOf(slice) is not { } port)
        {
            yield break;
        }

        foreach (Endpoint endpoint in slice.Endpoints ?? [])
        {
            if (AddressOf(slice, endpoint) is { } address && StateOf(endpoint.Conditions) is { } state)
            {
                string host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
                string url = string.Create(CultureInfo.InvariantCulture, $"{discovery.Scheme}://{host}:{port}");
                yield return (endpoint.TargetRef?.Uid ?? url, new DiscoveredInstance(url) { Authority = _authority, State = state });
            }
        }
    }

    private int? PortOf(EndpointSlice slice)
    {
        EndpointPort[] ports = [.. (slice.Ports ?? []).Where(static port => port.Protocol is null or "TCP")];
        EndpointPort? wanted = discovery.Port is null ? (ports.Length == 1 ? ports[0] : null)
            : _port is null ? Array.Find(ports, port => port.Name == discovery.Port)
            : Array.Find(ports, port => (port.Port ?? _port) == _port);
        return (wanted is null ? null : wanted.Port ?? _port) is { } found and > 0 and <= ushort.MaxValue ? found : null;
    }

    private static IPAddress? AddressOf(EndpointSlice slice, Endpoint endpoint)
    {
        AddressFamily? family = slice.AddressType switch
        {
            "IPv4" => AddressFamily.InterNetwork,
            "IPv6" => AddressFamily.InterNetworkV6,
            _ => null,
        };
        return endpoint.Addresses is [{ } text, ..] && IPAddress.TryParse(text, out IPAddress? address)
            && address.AddressFamily == family && !text.Contains('%', StringComparison.Ordinal) ? address : null;
    }

    private static DiscoveredState? StateOf(EndpointConditions? conditions)
    {
        bool isReady = conditions?.Ready ?? true;
        return conditions?.Terminating == true ? ((conditions.Serving ?? isReady) ? DiscoveredState.Draining : null)
            : isReady ? DiscoveredState.Ready
            : null;
    }
}
