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
    RstStream = 3,
    Settings = 4,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
}

/// <summary>A client that speaks frames of HTTP/2, cleartext by prior knowledge: what no library would send, and would not show.</summary>
internal sealed class Http2Connection : IDisposable
{
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

    /// <summary>A field section as it is given: each field literal, without index or Huffman code.</summary>
    public Task SendFieldsAsync(int stream, bool isLast, params (string Name, string Value)[] fields)
    {
        var block = new MemoryStream();
        foreach ((string name, string value) in fields)
        {
            block.WriteByte(0);
            foreach (string text in new[] { name, value })
            {
                block.WriteByte(checked((byte)(text.Length < 127 ? text.Length : throw new ArgumentException("Longer than one byte tells."))));
                block.Write(Encoding.Latin1.GetBytes(text));
            }
        }

        return SendAsync(Http2FrameType.Headers, (byte)(4 | (isLast ? 1 : 0)), stream, block.ToArray());
    }

    public Task SendDataAsync(int stream, string data, bool isLast) =>
        SendAsync(Http2FrameType.Data, (byte)(isLast ? 1 : 0), stream, Encoding.Latin1.GetBytes(data));

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

    public void Dispose()
    {
        _stream?.Dispose();
        _socket.Dispose();
    }

    private async Task SendAsync(Http2FrameType type, byte flags, int stream, byte[] payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = ((byte)type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        await _stream!.WriteAsync(frame);
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
