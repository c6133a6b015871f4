using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Benchmarks.WebSockets;

/// <summary>A client's WebSocket through the gateway, whose messages all differ, so that an echo that is another's is noticed.</summary>
internal sealed class EchoClient : IDisposable
{
    /// <summary>Bounds each single step.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Number of the client and of its message, at the beginning of each.</summary>
    private const int Stamp = 16;

    private readonly WebSocketEnd _end;
    private readonly Random _random;
    private readonly byte[] _message = new byte[WebSocketEnd.MaxPayload];
    private readonly int _number;
    private long _sent;

    private EchoClient(int number, Socket socket)
    {
        (_number, _end, _random) = (number, new WebSocketEnd(socket), new Random(number));
        _random.NextBytes(_message);
    }

    /// <summary>Connects and agrees on the WebSocket.</summary>
    /// <exception cref="InvalidDataException">The answer was not 101.</exception>
    public static async Task<EchoClient> ConnectAsync(int number, IPEndPoint gateway)
    {
        using var patience = new CancellationTokenSource(Patience);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var client = new EchoClient(number, socket);
        try
        {
            await socket.ConnectAsync(gateway, patience.Token);
            await client._end.WriteTextAsync(
                "GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                patience.Token);
            string head = await client._end.ReadHeadAsync(patience.Token);
            return head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal)
                ? client
                : throw new InvalidDataException($"The gateway answered: {head.Split("\r\n")[0]}");
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Sends a message of 16 to 1,024 bytes and waits for it to come back; false when something else does.</summary>
    public async Task<bool> EchoAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        BinaryPrimitives.WriteInt64LittleEndian(_message, _number);
        BinaryPrimitives.WriteInt64LittleEndian(_message.AsSpan(8), ++_sent);
        ReadOnlyMemory<byte> message = _message.AsMemory(0, _random.Next(Stamp, WebSocketEnd.MaxPayload + 1));
        await _end.WriteFrameAsync(WebSocketFrame.Binary, message, (uint)_random.Next(), patience.Token);
        (int opcode, ReadOnlyMemory<byte> echo) = await _end.ReadFrameAsync(patience.Token);
        return opcode == WebSocketFrame.Binary && echo.Span.SequenceEqual(message.Span);
    }

    /// <summary>Says Close and waits for the answer.</summary>
    public async Task CloseAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _end.WriteFrameAsync(WebSocketFrame.Close, new byte[] { 0x03, 0xE8 }, (uint)_random.Next(), patience.Token);
        while ((await _end.ReadFrameAsync(patience.Token)).Opcode != WebSocketFrame.Close)
        {
        }
    }

    public void Dispose() => _end.Dispose();
}
