using System.Collections.Frozen;
using static Gateway.Tests.Kit.Http2FrameType;

namespace Gateway.Tests.Kit;

/// <summary>Frames that break a rule of RFC 9113, and the code that must end the connection, or the stream, for it.</summary>
/// <param name="Bytes">What is sent behind the connection's preface and SETTINGS.</param>
/// <param name="Code">The code of GOAWAY or RST_STREAM.</param>
/// <param name="Resets">The stream alone is ended: 1.</param>
/// <param name="Reason">The reason in the log; null where the server says nothing of it.</param>
internal sealed record BrokenFrames(byte[] Bytes, Http2Error Code, bool Resets = false, string? Reason = "bad_request")
{
    private static readonly byte[] Get = Http2Connection.Block((":method", "GET"), (":scheme", "http"), (":path", "/case"), (":authority", "g"));
    private static readonly byte[] Post = Http2Connection.Block((":method", "POST"), (":scheme", "http"), (":path", "/case"), (":authority", "g"));

    public static FrozenDictionary<string, BrokenFrames> All { get; } = new Dictionary<string, BrokenFrames>
    {
        ["HEADERS on stream 0"] = new(Frame(Headers, 5, 0, Get), Http2Error.Protocol),
        ["HEADERS on an even stream"] = new(Frame(Headers, 5, 2, Get), Http2Error.Protocol),
        ["HEADERS on a stream below the last"] = new([.. Frame(Headers, 5, 5, Get), .. Frame(Headers, 5, 3, Get)], Http2Error.StreamClosed),
        ["HEADERS that depends on itself"] = new(Frame(Headers, 0x25, 1, [0, 0, 0, 1, 0, .. Get]), Http2Error.Protocol),
        ["HEADERS with more padding than payload"] = new(Frame(Headers, 0xD, 1, [255, .. Get]), Http2Error.Protocol),
        ["HEADERS between HEADERS and CONTINUATION"] = new([.. Frame(Headers, 1, 1, Get), .. Frame(Headers, 5, 3, Get)], Http2Error.Protocol),
        ["DATA between HEADERS and CONTINUATION"] = new([.. Frame(Headers, 0, 1, Get), .. Frame(Data, 1, 1, [1])], Http2Error.Protocol),
        ["CONTINUATION of another stream"] = new([.. Frame(Headers, 1, 1, Get), .. Frame(Continuation, 4, 3, [])], Http2Error.Protocol),
        ["CONTINUATION without HEADERS"] = new(Frame(Continuation, 4, 1, Get), Http2Error.Protocol),
        ["DATA on stream 0"] = new(Frame(Data, 1, 0, [1]), Http2Error.Protocol),
        ["DATA on a stream that is idle"] = new(Frame(Data, 1, 1, [1]), Http2Error.Protocol),
        ["DATA with more padding than payload"] = new([.. Frame(Headers, 4, 1, Post), .. Frame(Data, 9, 1, [9, 1])], Http2Error.Protocol),
        ["RST_STREAM on stream 0"] = new(Frame(RstStream, 0, 0, [0, 0, 0, 8]), Http2Error.Protocol),
        ["RST_STREAM on a stream that is idle"] = new(Frame(RstStream, 0, 1, [0, 0, 0, 8]), Http2Error.Protocol),
        ["RST_STREAM of five bytes"] = new([.. Frame(Headers, 4, 1, Post), .. Frame(RstStream, 0, 1, new byte[5])], Http2Error.FrameSize),
        ["PRIORITY on stream 0"] = new(Frame(Priority, 0, 0, [0, 0, 0, 3, 0]), Http2Error.Protocol),
        ["PRIORITY of four bytes"] = new(Frame(Priority, 0, 1, new byte[4]), Http2Error.FrameSize),
        ["SETTINGS on a stream"] = new(Frame(Settings, 0, 1, []), Http2Error.Protocol),
        ["SETTINGS of five bytes"] = new(Frame(Settings, 0, 0, new byte[5]), Http2Error.FrameSize),
        ["SETTINGS acknowledgement with a payload"] = new(Frame(Settings, 1, 0, new byte[6]), Http2Error.FrameSize),
        ["SETTINGS with a window beyond 31 bits"] = new(Frame(Settings, 0, 0, [0, 4, 0x80, 0, 0, 0]), Http2Error.FlowControl),
        ["SETTINGS with a frame size below the least"] = new(Frame(Settings, 0, 0, [0, 5, 0, 0, 0, 1]), Http2Error.Protocol),
        ["SETTINGS with ENABLE_PUSH 2"] = new(Frame(Settings, 0, 0, [0, 2, 0, 0, 0, 2]), Http2Error.Protocol),
        ["PUSH_PROMISE of a client"] = new([.. Frame(Headers, 4, 1, Post), .. Frame(PushPromise, 4, 1, [0, 0, 0, 2])], Http2Error.Protocol),
        ["PING on a stream"] = new(Frame(Ping, 0, 1, new byte[8]), Http2Error.Protocol),
        ["PING of seven bytes"] = new(Frame(Ping, 0, 0, new byte[7]), Http2Error.FrameSize),
        ["GOAWAY on a stream"] = new(Frame(GoAway, 0, 1, new byte[8]), Http2Error.Protocol),
        ["WINDOW_UPDATE of nothing on the connection"] = new(Frame(WindowUpdate, 0, 0, new byte[4]), Http2Error.Protocol),
        ["WINDOW_UPDATE of three bytes"] = new(Frame(WindowUpdate, 0, 0, new byte[3]), Http2Error.FrameSize),
        ["WINDOW_UPDATE on a stream that is idle"] = new(Frame(WindowUpdate, 0, 1, [0, 0, 0, 1]), Http2Error.Protocol),
        ["connection's window beyond 31 bits"] = new(Frame(WindowUpdate, 0, 0, [0x7F, 0xFF, 0xFF, 0xFF]), Http2Error.FlowControl),
        ["stream's window beyond 31 bits"] = new([.. Frame(Headers, 4, 1, Post), .. Frame(WindowUpdate, 0, 1, [0x7F, 0xFF, 0xFF, 0xFF])], Http2Error.FlowControl, true, null),
        ["frame larger than SETTINGS allow"] = new([0, 0x40, 1, 0, 0, 0, 0, 0, 1], Http2Error.FrameSize),
        ["field section with an index beyond the table"] = new(Frame(Headers, 5, 1, [0xFF, 0x7F]), Http2Error.Compression),

        // Kestrel 10 trips over it and says INTERNAL_ERROR, where RFC 7541 §6.1 has a decoding error; the connection ends all the same.
        ["field section with index 0"] = new(Frame(Headers, 5, 1, [0x80]), Http2Error.Internal, Reason: null),
        ["field section with an integer that overflows"] = new(Frame(Headers, 5, 1, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]), Http2Error.Compression),
        ["field section that ends within a field"] = new(Frame(Headers, 5, 1, [0, 10, (byte)'x']), Http2Error.Compression),
        ["field section with a broken Huffman code"] = new(Frame(Headers, 5, 1, [0, 0x81, 0x00, 0]), Http2Error.Compression),
        ["field section with a table above SETTINGS"] = new(Frame(Headers, 5, 1, [0x3F, 0xFF, 0xFF, 0x03, .. Get]), Http2Error.Compression),
        ["field section with a large field referred to many times"] = new(
            Frame(Headers, 5, 1, [.. Get, 0x40, 1, (byte)'x', .. Long, .. Enumerable.Repeat((byte)0xBE, 50)]), Http2Error.Protocol, Reason: "header_too_large"),
        ["frame of an unknown type between HEADERS and CONTINUATION"] = new(
            [.. Frame(Headers, 1, 1, Get), .. Frame((Http2FrameType)99, 0, 1, [1])], Http2Error.Protocol),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>A value of 3,000 bytes with its length.</summary>
    private static byte[] Long => [0x7F, 0xB9, 0x16, .. Enumerable.Repeat((byte)'a', 3_000)];

    private static byte[] Frame(Http2FrameType type, int flags, int stream, byte[] payload) => Http2Connection.Frame(type, flags, stream, payload);
}
