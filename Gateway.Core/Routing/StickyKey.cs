using System.Net;
using System.Net.Sockets;

namespace Gateway.Core.Routing;

/// <summary>
/// 64 bits that stand for a client in a split. The same in every process, so that all gateways of a fleet decide alike; not a secret, and no
/// protection against somebody who looks for a value that suits him.
/// </summary>
internal static class StickyKey
{
    private const ulong OffsetBasis = 14_695_981_039_346_656_037, Prime = 1_099_511_628_211;

    /// <summary>The whole of an IPv4 address, also of one mapped into IPv6; the first 64 bits of an IPv6 address, since a subscriber gets a /64.</summary>
    public static ulong OfAddress(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return Hash(
            address.AddressFamily == AddressFamily.InterNetwork ? bytes[..4]
            : address.IsIPv4MappedToIPv6 ? bytes[12..]
            : bytes[..8]);
    }

    /// <summary>FNV-1a of the text's UTF-16 code units.</summary>
    /// <param name="text">The text.</param>
    /// <param name="after">What it is the continuation of; left out, it is a beginning.</param>
    public static ulong OfText(ReadOnlySpan<char> text, ulong after = OffsetBasis)
    {
        ulong hash = after;
        foreach (char c in text)
        {
            hash = (((hash ^ (byte)c) * Prime) ^ (byte)(c >> 8)) * Prime;
        }

        return hash;
    }

    /// <summary>Spreads what differs in few bits over all of them (the finalizer of MurmurHash3).</summary>
    public static ulong Mix(ulong key)
    {
        key = (key ^ (key >> 33)) * 0xff51afd7ed558ccd;
        key = (key ^ (key >> 33)) * 0xc4ceb9fe1a85ec53;
        return key ^ (key >> 33);
    }

    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        ulong hash = OffsetBasis;
        foreach (byte b in bytes)
        {
            hash = (hash ^ b) * Prime;
        }

        return hash;
    }
}
