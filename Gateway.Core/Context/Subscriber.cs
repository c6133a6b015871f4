using System.Net;
using System.Net.Sockets;

namespace Gateway.Core.Context;

/// <summary>What of a client's address tells one subscriber from another.</summary>
internal static class Subscriber
{
    /// <summary>Room for any address, in bytes.</summary>
    public const int Room = 16;

    /// <summary>The whole of an IPv4 address, also of one mapped into IPv6; the first 64 bits of an IPv6 address, since a subscriber gets a /64.</summary>
    /// <param name="address">The client's.</param>
    /// <param name="buffer">At least <see cref="Room"/>.</param>
    /// <returns>4 bytes for IPv4, 8 for IPv6, within the buffer.</returns>
    public static ReadOnlySpan<byte> Of(IPAddress address, Span<byte> buffer)
    {
        address.TryWriteBytes(buffer, out _);
        return address.AddressFamily == AddressFamily.InterNetwork ? buffer[..4]
            : address.IsIPv4MappedToIPv6 ? buffer[12..16]
            : buffer[..8];
    }
}
