using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Gateway.Tests.Kit;

/// <summary>Headers of the PROXY protocol, as proxies write them.</summary>
internal static class ProxyHeaders
{
    public const byte Local = 0x20, Proxy = 0x21, Tcp4 = 0x11, Tcp6 = 0x21, Unix = 0x31;

    /// <summary>Version 1.</summary>
    public static byte[] Text(string source, int port = 4711) => Encoding.Latin1.GetBytes(
        $"PROXY {(source.Contains(':') ? "TCP6" : "TCP4")} {source} {(source.Contains(':') ? "2001:db8::80" : "192.0.2.80")} {port} 443\r\n");

    /// <summary>Version 2 for a source, with so many bytes of extensions behind the addresses.</summary>
    public static byte[] Binary(string source, int port = 4711, int extensions = 0)
    {
        byte[] address = IPAddress.Parse(source).GetAddressBytes();
        byte[] ports = new byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(ports, (ushort)port);
        BinaryPrimitives.WriteUInt16BigEndian(ports.AsSpan(2), 443);
        return Binary(Proxy, address.Length == 4 ? Tcp4 : Tcp6, [.. address, .. new byte[address.Length], .. ports, .. new byte[extensions]]);
    }

    /// <summary>Version 2 with these parts; the length is that of the block.</summary>
    public static byte[] Binary(byte command, byte family, byte[] block) =>
        [.. "\r\n\r\n\0\r\nQUIT\n"u8, command, family, (byte)(block.Length >> 8), (byte)block.Length, .. block];
}
