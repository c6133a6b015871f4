using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Core.Context;

namespace Gateway.Core.RateLimiting;

/// <summary>Whose bucket: an address, or a hash, so that no secret and no name is kept. Hashes into tables with the process's random seed.</summary>
/// <param name="Value">128 bits that mean something only within one policy.</param>
internal readonly record struct RateLimitKey(UInt128 Value)
{
    /// <summary>In the lower half of an address's key, which an IPv6 address does not use: the families never meet.</summary>
    private const ulong FamilyV4 = 4, FamilyV6 = 6;

    /// <summary>Longest key that is hashed from the stack, in bytes.</summary>
    private const int StackBytes = 512;

    /// <summary>The <see cref="Subscriber"/>'s part of the address.</summary>
    public static RateLimitKey OfAddress(IPAddress address)
    {
        ReadOnlySpan<byte> bytes = Subscriber.Of(address, stackalloc byte[Subscriber.Room]);
        return bytes.Length == sizeof(uint)
            ? new RateLimitKey(new UInt128(BinaryPrimitives.ReadUInt32BigEndian(bytes), FamilyV4))
            : new RateLimitKey(new UInt128(BinaryPrimitives.ReadUInt64BigEndian(bytes), FamilyV6));
    }

    /// <summary>The first 16 bytes of the SHA-256 of an API key, or of an application's own key.</summary>
    public static RateLimitKey OfText(string text)
    {
        int most = Encoding.UTF8.GetMaxByteCount(text.Length);
        byte[]? rented = most > StackBytes ? ArrayPool<byte>.Shared.Rent(most) : null;
        Span<byte> bytes = rented ?? stackalloc byte[StackBytes];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        int length = Encoding.UTF8.GetBytes(text, bytes);
        SHA256.HashData(bytes[..length], hash);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }

        return new RateLimitKey(BinaryPrimitives.ReadUInt128BigEndian(hash));
    }

    /// <summary>What may be shown of it: the network of an address (IPv4 by /24, IPv6 by /48), the first digits of a hash.</summary>
    public string Masked => (ulong)Value switch
    {
        FamilyV4 => string.Create(CultureInfo.InvariantCulture, $"{Byte(0)}.{Byte(1)}.{Byte(2)}.x"),
        FamilyV6 => string.Create(CultureInfo.InvariantCulture, $"{(ulong)(Value >> 112) & 0xffff:x}:{(ulong)(Value >> 96) & 0xffff:x}:{(ulong)(Value >> 80) & 0xffff:x}:x"),
        _ => string.Create(CultureInfo.InvariantCulture, $"#{(uint)(Value >> 104):x6}"),
    };

    /// <summary>Of an IPv4 address, which stands in the upper half's lower four bytes.</summary>
    private byte Byte(int at) => (byte)(Value >> (64 + 24 - (8 * at)));

    /// <summary>The key under one of a policy's sizes: each tier has buckets of its own.</summary>
    public RateLimitKey Under(BucketSize size) => size.Index == 0 ? this : new RateLimitKey(Value ^ ((UInt128)(uint)size.Index << 96));
}
