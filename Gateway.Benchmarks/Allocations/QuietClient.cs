using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Benchmarks.Allocations;

/// <summary>Sends the same request again and again on one connection, and allocates nothing meanwhile.</summary>
internal sealed class QuietClient : IDisposable
{
    /// <summary>The middle of its token is of no meaning: the instance takes every token.</summary>
    public static readonly string Authorization = $"Bearer eyJhbGciOiJIUzI1NiJ9.{new string('x', 160)}.signature";

    private static readonly byte[] Request = Encoding.ASCII.GetBytes(
        $"GET /api/products/42?x=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {Authorization}\r\nUser-Agent: quiet/1\r\n\r\n");

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _answer = new byte[64 * 1024];

    public QuietClient(int port)
    {
        _socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
        _socket.Connect(IPAddress.Loopback, port);
    }

    /// <exception cref="IOException">The answer is not the instance's.</exception>
    public void Exchange(int times)
    {
        for (int i = 0; i < times; i++)
        {
            _socket.Send(Request);
            int read = 0;
            while (!_answer.AsSpan(0, read).EndsWith(QuietInstance.Body))
            {
                int more = _socket.Receive(_answer.AsSpan(read));
                if (more == 0 || !_answer.AsSpan().StartsWith("HTTP/1.1 200"u8))
                {
                    throw new IOException($"Not the instance's answer: {Encoding.Latin1.GetString(_answer, 0, read + more)}");
                }

                read += more;
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
