using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Kit;

/// <summary>A frame of HTTP/2 as it stood on the wire.</summary>
internal sealed record Http2Frame(Http2FrameType Type, byte Flags, int Stream, byte[] Payload)
{
    public bool EndsStream => Type is Http2FrameType.Data or Http2FrameType.Headers && (Flags & 1) != 0;
}

/// <summary>RFC 9113 §6.</summary>
internal enum Http2FrameType : byte
{
    Data = 0,
    Headers = 1,
    Priority = 2,
    RstStream = 3,
    Settings = 4,
    PushPromise = 5,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
    Continuation = 9,
}

/// <summary>RFC 9113 §7; the codes that tests ask for.</summary>
internal enum Http2Error
{
    None = 0,
    Protocol = 1,
    Internal = 2,
    FlowControl = 3,
    StreamClosed = 5,
    FrameSize = 6,
    RefusedStream = 7,
    Compression = 9,
    EnhanceYourCalm = 11,
}

/// <summary>What became of a stream; one of the three.</summary>
/// <param name="Body">The data of an answer that came whole.</param>
/// <param name="Reset">The code that the stream was reset with.</param>
/// <param name="GoAway">The code that the connection ended with; None for an end without a word.</param>
internal sealed record Http2Ending(string? Body, Http2Error? Reset, Http2Error? GoAway);

/// <summary>A client that speaks frames of HTTP/2, cleartext by prior knowledge: what no library would send, and would not show.</summary>
internal sealed class Http2Connection : IDisposable
{
    /// <summary>Flags of RFC 9113 §6.2.</summary>
    public const int EndStream = 1, EndHeaders = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private NetworkStream? _stream;

    public static async Task<Http2Connection> OpenAsync(Uri address)
    {
        var connection = new Http2Connection();
        await connection._socket.ConnectAsync(IPAddress.Loopback, address.Port);
        connection._stream = new NetworkStream(connection._socket);
        await connection._stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        await connection.SendAsync(Http2FrameType.Settings, 0, 0, []);
        return connection;
    }

    /// <summary>Opens a stream with a request's head; <paramref name="more"/> follows the four pseudo-headers.</summary>
    public Task SendRequestAsync(int stream, string method, string path, bool isLast, params (string Name, string Value)[] more) =>
        SendFieldsAsync(stream, isLast, [(":method", method), (":scheme", "http"), (":path", path), (":authority", "g"), .. more]);

    /// <summary>A whole field section in one HEADERS frame, as it is given.</summary>
    public Task SendFieldsAsync(int stream, bool isLast, params (string Name, string Value)[] fields) =>
        SendAsync(Http2FrameType.Headers, (byte)(EndHeaders | (isLast ? EndStream : 0)), stream, Block(fields));

    /// <summary>A field section: each field literal, without index or Huffman code (RFC 7541 §6.2.2).</summary>
    public static byte[] Block(params IEnumerable<(string Name, string Value)> fields)
    {
        var block = new MemoryStream();
        foreach ((string name, string value) in fields)
        {
            block.WriteByte(0);
            foreach (string text in new[] { name, value })
            {
                WriteLength(block, text.Length);
                block.Write(Encoding.Latin1.GetBytes(text));
            }
        }

        return block.ToArray();
    }

    /// <summary>A frame as it stands on the wire.</summary>
    public static byte[] Frame(Http2FrameType type, int flags, int stream, byte[] payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = ((byte)type, (byte)flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }

    public Task SendAsync(Http2FrameType type, int flags, int stream, byte[] payload) => SendAsync(Frame(type, flags, stream, payload));

    /// <summary>Bytes as they are; what a connection that is already ended no longer takes is no failure.</summary>
    /// <returns>Whether they were taken.</returns>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop = default)
    {
        try
        {
            await _stream!.WriteAsync(bytes, stop);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public Task SendDataAsync(int stream, string data, bool isLast) =>
        SendAsync(Http2FrameType.Data, isLast ? EndStream : 0, stream, Encoding.Latin1.GetBytes(data));

    public Task ResetAsync(int stream) => SendAsync(Http2FrameType.RstStream, 0, stream, [0, 0, 0, 8]);

    /// <summary>The next frame for which this holds; others are passed over, settings and pings answered.</summary>
    public async Task<Http2Frame> ReadAsync(Func<Http2Frame, bool> wanted)
    {
        while (true)
        {
            Http2Frame frame = await ReadAsync();
            if (frame.Type is Http2FrameType.Settings or Http2FrameType.Ping && (frame.Flags & 1) == 0)
            {
                await SendAsync(frame.Type, 1, 0, frame.Type == Http2FrameType.Ping ? frame.Payload : []);
            }

            if (wanted(frame))
            {
                return frame;
            }
        }
    }

    /// <summary>All data of a stream up to its end.</summary>
    public async Task<string> ReadBodyAsync(int stream)
    {
        var body = new StringBuilder();
        Http2Frame frame;
        do
        {
            frame = await ReadAsync(one => one.Stream == stream && one.Type is Http2FrameType.Data or Http2FrameType.Headers);
            body.Append(frame.Type == Http2FrameType.Data ? Encoding.Latin1.GetString(frame.Payload) : "");
        }
        while (!frame.EndsStream);

        return body.ToString();
    }

    /// <summary>How a stream ended: its data, or the code that it was reset with; or the code that the whole connection ended with.</summary>
    public async Task<Http2Ending> ReadEndingAsync(int stream)
    {
        var body = new StringBuilder();
        try
        {
            while (true)
            {
                Http2Frame frame = await ReadAsync(one => one.Type == Http2FrameType.GoAway || one.Stream == stream);
                switch (frame.Type)
                {
                    case Http2FrameType.GoAway when ErrorAt(frame, 4) is not Http2Error.None and var code:
                        return new Http2Ending(null, null, code);
                    case Http2FrameType.RstStream when frame.Stream == stream:
                        return new Http2Ending(null, ErrorAt(frame, 0), null);
                    case Http2FrameType.Data:
                        body.Append(Encoding.Latin1.GetString(frame.Payload));
                        break;
                }

                if (frame.EndsStream)
                {
                    return new Http2Ending(body.ToString(), null, null);
                }
            }
        }
        catch (IOException)
        {
            // The end of the connection without a word.
            return new Http2Ending(null, null, Http2Error.None);
        }
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _socket.Dispose();
    }

    private static Http2Error ErrorAt(Http2Frame frame, int at) => (Http2Error)BinaryPrimitives.ReadInt32BigEndian(frame.Payload.AsSpan(at));

    /// <summary>An integer with a prefix of seven bits (RFC 7541 §5.1).</summary>
    private static void WriteLength(MemoryStream block, int length)
    {
        block.WriteByte((byte)Math.Min(length, 127));
        for (length -= 127; length >= 0; length = length < 128 ? -1 : length >> 7)
        {
            block.WriteByte((byte)(length < 128 ? length : (length & 127) | 128));
        }
    }

    private async Task<Http2Frame> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        byte[] head = new byte[9];
        await _stream!.ReadExactlyAsync(head, patience.Token);
        byte[] payload = new byte[BinaryPrimitives.ReadInt32BigEndian(head) >>> 8];
        await _stream.ReadExactlyAsync(payload, patience.Token);
        return new Http2Frame((Http2FrameType)head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue, payload);
    }
}
