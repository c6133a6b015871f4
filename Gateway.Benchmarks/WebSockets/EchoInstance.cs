using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Benchmarks.WebSockets;

/// <summary>The instance behind the gateway: takes every WebSocket, sends each frame back, and ends when asked.</summary>
internal sealed class EchoInstance : IAsyncDisposable
{
    private const int Backlog = 4_096;
    private const string KeyHeader = "Sec-WebSocket-Key:";

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public EchoInstance()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(Backlog);
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token);
                socket.NoDelay = true;
                _ = ServeAsync(socket);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var end = new WebSocketEnd(socket);
        try
        {
            string head = await end.ReadHeadAsync(_stop.Token);
            await end.WriteTextAsync(
                $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {AcceptFor(head)}\r\n\r\n",
                _stop.Token);
            int opcode;
            do
            {
                (opcode, ReadOnlyMemory<byte> payload) = await end.ReadFrameAsync(_stop.Token);
                await end.WriteFrameAsync(opcode, payload, mask: null, _stop.Token);
            }
            while (opcode != WebSocketFrame.Close);
        }
        catch (Exception failure) when (failure is OperationCanceledException or SocketException or IOException)
        {
            // The client's side counts what failed.
        }
    }

    private static string AcceptFor(string head)
    {
        string line = head.Split("\r\n").First(static line => line.StartsWith(KeyHeader, StringComparison.OrdinalIgnoreCase));
        byte[] proof = Encoding.Latin1.GetBytes(line[KeyHeader.Length..].Trim() + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
        return Convert.ToBase64String(CryptographicOperations.HashData(HashAlgorithmName.SHA1, proof));
    }
}
