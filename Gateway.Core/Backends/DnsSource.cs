using System.Net;
using System.Net.Sockets;

namespace Gateway.Core.Backends;

/// <summary>Finds instances by DNS: each address of a host name is one. The resolver looks names up in the background, and keeps its last good
/// answer, since DNS cannot tell a service without instances from a server that knows nothing. Safe from any thread.</summary>
internal sealed class DnsSource(HostResolver hosts)
{
    /// <summary>The <see cref="InstanceSource"/>.</summary>
    public async Task FollowAsync(DiscoveryOptions discovery, InstanceFeed feed, CancellationToken stop)
    {
        var url = new Uri(discovery.Url!);
        HostAddresses host = hosts.Of(HostResolver.NameOf(url)!);
        while (true)
        {
            // Asked for before the rest is read: what comes meanwhile is not missed.
            Task next = host.NextLookUp;
            if (host.Failure is { } failure)
            {
                feed.ReportFailure(failure);
            }
            else if (host.Addresses.Count > 0)
            {
                feed.Report([.. host.Addresses.Select(address => InstanceAt(address, url)).Distinct()]);
            }

            await next.WaitAsync(stop);
        }
    }

    private static DiscoveredInstance InstanceAt(IPAddress address, Uri url)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

        // Without a scope, which no URL has: an address of a link is no place for a service.
        string host = plain.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{new IPAddress(plain.GetAddressBytes())}]" : plain.ToString();
        return new DiscoveredInstance($"{url.Scheme}://{host}:{url.Port}") { Authority = url.Authority };
    }
}
