using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Host.Serving;

/// <summary>How much of a PROXY header has come.</summary>
internal enum ProxyHeaderForm
{
    /// <summary>What has come can still become one.</summary>
    Unfinished,

    Whole,

    /// <summary>Whatever comes, it will not be one.</summary>
    Malformed,
}

/// <summary>
/// What a proxy says at the beginning of a connection about whose it is: the PROXY protocol, versions 1 (a line of text) and 2
/// (binary), after HAProxy's proxy-protocol.txt. What cannot become either is known by its first wrong byte.
/// </summary>
/// <param name="Form">How much of it has come.</param>
/// <param name="Length">Bytes that it takes when whole; what follows is the client's.</param>
/// <param name="Source">Who speaks. Null when the proxy does not say, or speaks for itself: then the socket's own address counts.</param>
internal readonly record struct ProxyHeader(ProxyHeaderForm Form, int Length = 0, IPEndPoint? Source = null)
{
    /// <summary>Bytes of the longest line of version 1, its CRLF included (§2.1).</summary>
    public const int MaxTextLength = 107;

    /// <summary>Bytes of the longest header of version 2 that is taken. It could announce 65,551, but addresses take 52 to 232 and the
    /// rest is extensions, which are skipped. nginx's bound (NGX_PROXY_PROTOCOL_MAX_HEADER).</summary>
    public const int MaxLength = 4096;

    /// <summary>Version 2: signature, version and command, family and transport, length of the rest.</summary>
    private const int PreambleLength = 16;

    private const byte Local = 0x20, Proxy = 0x21;
    private const byte TcpOverV4 = 0x11, TcpOverV6 = 0x21;

    private static readonly SearchValues<char> DigitsOfV6 = SearchValues.Create("0123456789abcdefABCDEF:.");

    private static ReadOnlySpan<byte> TextStart => "PROXY "u8;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    private static ProxyHeader Unfinished => new(ProxyHeaderForm.Unfinished);

    private static ProxyHeader Malformed => new(ProxyHeaderForm.Malformed);

    /// <summary>Reads what has come of a connection so far. Never throws.</summary>
    public static ProxyHeader Read(in ReadOnlySequence<byte> received)
    {
        // All that matters stands in the first 107 bytes; extensions are only counted.
        Span<byte> start = stackalloc byte[(int)Math.Min(received.Length, MaxTextLength)];
        received.Slice(0, start.Length).CopyTo(start);
        return Begins(start, TextStart) ? ReadText(start)
            : Begins(start, Signature) ? ReadBinary(start, received.Length)
            : Malformed;
    }

    private static bool Begins(ReadOnlySpan<byte> start, ReadOnlySpan<byte> expected) =>
        start.StartsWith(expected[..Math.Min(start.Length, expected.Length)]);

    private static ProxyHeader ReadText(ReadOnlySpan<byte> start)
    {
        int end = start.IndexOf("\r\n"u8);
        if (end < 0)
        {
            return start.Length < MaxTextLength ? Unfinished : Malformed;
        }

        int length = end + 2;
        return Encoding.Latin1.GetString(start[..end]).Split(' ') switch
        {
            // Whatever follows is to be ignored.
            [_, "UNKNOWN", ..] => new ProxyHeader(ProxyHeaderForm.Whole, length),
            [_, "TCP4" or "TCP6", ..] and [_, string family, string source, string destination, string sourcePort, string destinationPort]
                when TryParseAddress(family, source, out IPAddress? address) && TryParseAddress(family, destination, out _)
                    && TryParsePort(sourcePort, out ushort port) && TryParsePort(destinationPort, out _)
                => new ProxyHeader(ProxyHeaderForm.Whole, length, new IPEndPoint(address, port)),
            _ => Malformed,
        };
    }

    private static ProxyHeader ReadBinary(ReadOnlySpan<byte> start, long received)
    {
        if (start.Length < PreambleLength)
        {
            return Unfinished;
        }

        (byte command, byte family) = (start[12], start[13]);
        int length = PreambleLength + BinaryPrimitives.ReadUInt16BigEndian(start[14..]);
        if (length > MaxLength || command is not (Local or Proxy) || (command == Proxy && !IsFamily(family, length)))
        {
            return Malformed;
        }

        return received < length ? Unfinished
            : new ProxyHeader(ProxyHeaderForm.Whole, length, command == Proxy ? SourceOf(family, start[PreambleLength..]) : null);
    }

    /// <summary>§2.2: unspecified, IPv4, IPv6 and Unix, each with an unspecified transport, a stream or datagrams; no other value.</summary>
    private static bool IsFamily(byte family, int length) =>
        family >> 4 <= 3 && (family & 0xF) <= 2
        && length >= PreambleLength + (family switch { TcpOverV4 => 12, TcpOverV6 => 36, _ => 0 });

    /// <summary>Source and destination, then their ports. Null for what no connection of ours can come over, as §2.2 lets us.</summary>
    private static IPEndPoint? SourceOf(byte family, ReadOnlySpan<byte> addresses) => family switch
    {
        TcpOverV4 => new IPEndPoint(new IPAddress(addresses[..4]), BinaryPrimitives.ReadUInt16BigEndian(addresses[8..])),
        TcpOverV6 => new IPEndPoint(new IPAddress(addresses[..16]), BinaryPrimitives.ReadUInt16BigEndian(addresses[32..])),
        _ => null,
    };

    private static bool TryParseAddress(string family, string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address)
        && (family == "TCP4"
            ? address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == text
            : address.AddressFamily == AddressFamily.InterNetworkV6 && !text.AsSpan().ContainsAnyExcept(DigitsOfV6));

    private static bool TryParsePort(string text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && (text.Length == 1 || text[0] != '0');
}
