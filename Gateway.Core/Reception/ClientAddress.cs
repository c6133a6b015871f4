using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Reception;

/// <summary>
/// Who is calling: the peer, or, behind trusted proxies, the first address that is not one of them, from the right of X-Forwarded-For.
/// Where there is none, Forwarded says the same; where there are both, a proxy may have passed one of them on unseen, and X-Forwarded-For
/// is what more of them write.
/// </summary>
internal sealed class ClientAddress(IReadOnlyList<string> trustedProxies)
{
    /// <summary>Hops that are walked back at the most; a longer list is a mistake or an attack.</summary>
    public const int MaxHops = 32;

    private readonly IPNetwork[] _trusted = [.. trustedProxies.Select(static text =>
        TryParseNetwork(text, out IPNetwork network) ? network : throw new ArgumentException($"'{text}' is not a network.", nameof(trustedProxies)))];

    /// <summary>Reads an address or a network; a network may have bits set beyond its prefix. IPv4 must be written in full: the short
    /// and octal forms that the parser takes mean something else to most readers (<c>10/8</c> would be 0.0.0.0/8).</summary>
    public static bool TryParseNetwork(string text, out IPNetwork network)
    {
        network = default;
        ReadOnlySpan<char> span = text;
        int slash = span.IndexOf('/');
        ReadOnlySpan<char> written = slash < 0 ? span : span[..slash];
        if (!IPAddress.TryParse(written, out IPAddress? address) || written.Contains('%') || written.Contains('['))
        {
            return false;
        }

        bool isV4 = address.AddressFamily == AddressFamily.InterNetwork;
        if (isV4 && !written.SequenceEqual(address.ToString()))
        {
            return false;
        }

        int bits = isV4 ? 32 : 128;
        int prefix = bits;
        if (slash >= 0 && (!int.TryParse(span[(slash + 1)..], System.Globalization.NumberStyles.None, null, out prefix) || prefix > bits))
        {
            return false;
        }

        // Clients are compared unmapped, so a mapped network must be, too.
        if (address.IsIPv4MappedToIPv6 && prefix >= 96)
        {
            (address, bits, prefix) = (address.MapToIPv4(), 32, prefix - 96);
        }

        byte[] bytes = address.GetAddressBytes();
        for (int bit = prefix; bit < bits; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        network = new IPNetwork(new IPAddress(bytes), prefix);
        return true;
    }

    public bool IsTrusted(IPAddress address)
    {
        foreach (IPNetwork network in _trusted)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The client, given its peer and the headers it sent. IPv4 addresses come back as such, never mapped.</summary>
    public IPAddress Resolve(IPAddress? peer, IHeaderDictionary headers, out bool peerIsTrusted)
    {
        IPAddress client = Unmap(peer ?? IPAddress.None);
        peerIsTrusted = _trusted.Length > 0 && IsTrusted(client);
        if (!peerIsTrusted)
        {
            return client;
        }

        StringValues forwardedFor = headers["X-Forwarded-For"];
        return forwardedFor.Count > 0 ? WalkBack(client, forwardedFor) : WalkBackForwarded(client, headers[ForwardedHeader.Name]);
    }

    public static IPAddress Unmap(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private IPAddress WalkBack(IPAddress client, StringValues forwardedFor)
    {
        ReadOnlySpan<char> rest = forwardedFor.ToString();
        for (int hop = 0; hop < MaxHops && rest.Length > 0 && IsTrusted(client); hop++)
        {
            int comma = rest.LastIndexOf(',');
            ReadOnlySpan<char> text = rest[(comma + 1)..].Trim();
            rest = comma < 0 ? [] : rest[..comma];
            if (text.IsEmpty)
            {
                // RFC 9110, section 5.6.1.2: empty elements of a list are ignored.
                continue;
            }

            if (!TryParseHop(text, out IPAddress? address))
            {
                break;
            }

            client = Unmap(address);
        }

        return client;
    }

    /// <summary>Ends at what is malformed, hidden (<c>for=_x</c>), <c>unknown</c> or not said: further left nobody trusted speaks.</summary>
    private IPAddress WalkBackForwarded(IPAddress client, StringValues forwarded)
    {
        ReadOnlySpan<char> rest = forwarded.ToString();
        for (int hop = 0; hop < MaxHops && IsTrusted(client)
            && ForwardedHeader.TryTakeLast(ref rest, out ReadOnlySpan<char> node) && ForwardedHeader.TryParseNode(node, out IPAddress? address); hop++)
        {
            client = Unmap(address);
        }

        return client;
    }

    /// <summary>An address, perhaps with a port: <c>192.0.2.1:80</c>, <c>[2001:db8::1]:80</c>.</summary>
    private static bool TryParseHop(ReadOnlySpan<char> text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IPAddress? address)
    {
        if (IPAddress.TryParse(text, out address))
        {
            return true;
        }

        bool parsed = IPEndPoint.TryParse(text, out IPEndPoint? endPoint);
        address = endPoint?.Address;
        return parsed;
    }
}
