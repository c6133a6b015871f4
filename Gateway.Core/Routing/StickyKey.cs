using System.Net;
using Gateway.Core.Context;

namespace Gateway.Core.Routing;

/// <summary>
/// 64 bits that stand for a client in a split. The same in every process, so that all gateways of a fleet decide alike; not a secret, and no
/// protection against somebody who looks for a value that suits him.
/// </summary>
internal static class StickyKey
{
    private const ulong OffsetBasis = 14_695_981_039_346_656_037, Prime = 1_099_511_628_211;

    /// <summary>Of the <see cref="Subscriber"/>'s part of the address.</summary>
    public static ulong OfAddress(IPAddress address) => Hash(Subscriber.Of(address, stackalloc byte[Subscriber.Room]));

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
