using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Benchmarks.Peers;

namespace Gateway.Benchmarks.Allocations;

/// <summary>The instance, and the auth service: the same answers to every request. A thread for each connection, so that none allocates.</summary>
internal sealed class QuietInstance : IDisposable
{
    public static readonly byte[] Body = Encoding.ASCII.GetBytes(PeerConfigurations.Product);

    private static readonly byte[] Answer = AnswerOf(Body);

    private static readonly byte[] Verified = AnswerOf(Encoding.ASCII.GetBytes(PeerConfigurations.User));

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public QuietInstance()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        new Thread(Accept) { IsBackground = true, Name = "instance" }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose() => _listener.Dispose();

    private static byte[] AnswerOf(byte[] body) =>
    [
        .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"HTTP/1.1 200 OK\r\nServer: quiet\r\nDate: Fri, 27 Nov 2026 12:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n")),
        .. body,
    ];

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket socket = _listener.Accept();
                new Thread(() => Serve(socket)) { IsBackground = true, Name = "instance connection" }.Start();
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private static void Serve(Socket socket)
    {
        using Socket owned = socket;
        socket.NoDelay = true;
        byte[] buffer = new byte[16 * 1024];
        int length = 0;
        try
        {
            while (socket.Receive(buffer.AsSpan(length)) is > 0 and { } read)
            {
                length += read;
                ReadOnlySpan<byte> request = buffer.AsSpan(0, length);

                // The question about a token has a body, one JSON object.
                bool asksForToken = request.StartsWith("POST"u8);
                if (asksForToken ? request.EndsWith("}"u8) : request.EndsWith("\r\n\r\n"u8))
                {
                    socket.Send(asksForToken ? Verified : Answer);
                    length = 0;
                }
            }
        }
        catch (SocketException)
        {
            // The other side ended first.
        }
    }
}
