using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Kit;

/// <summary>
/// A relay as one writes it in an afternoon: finds a head by its blank line, believes the first length it sees, and passes the bytes on
/// as they came. Shows that the strict tests can fail.
/// </summary>
internal sealed class NaiveRelay : IAsyncDisposable
{
    /// <summary>How long an instance may be silent; one that waits for bytes that never come would hold the test up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _instance;
    private readonly Task _accepting;
    private readonly List<Task> _connections = [];

    public NaiveRelay(string instance)
    {
        _instance = new Uri(instance);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(RelayAsync(await _listener.AcceptSocketAsync()));
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task RelayAsync(Socket accepted)
    {
        using Socket client = accepted;
        using var instance = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await instance.ConnectAsync(IPAddress.Loopback, _instance.Port);
            string pending = "";
            while (true)
            {
                // The body is what has come with the head: small ones do.
                (string head, pending) = await ReadHeadAsync(client, pending, Timeout.InfiniteTimeSpan);
                int body = Math.Min(LengthOf(head, pending), pending.Length);
                await instance.SendAsync(Encoding.Latin1.GetBytes(head + pending[..body]));
                pending = pending[body..];
                (string answer, string rest) = await ReadHeadAsync(instance, "", Patience);
                await client.SendAsync(Encoding.Latin1.GetBytes(answer + rest));
            }
        }
        catch (Exception end) when (end is SocketException or IOException or OperationCanceledException)
        {
            // Either side is gone, or silent.
        }
    }

    private static async Task<(string Head, string Pending)> ReadHeadAsync(Socket socket, string pending, TimeSpan patience)
    {
        byte[] buffer = new byte[65536];
        using var silence = new CancellationTokenSource(patience);
        while (true)
        {
            foreach (string end in new[] { "\r\n\r\n", "\n\n" })
            {
                int at = pending.IndexOf(end, StringComparison.Ordinal);
                if (at >= 0)
                {
                    return (pending[..(at + end.Length)], pending[(at + end.Length)..]);
                }
            }

            int count = await socket.ReceiveAsync(buffer, silence.Token);
            pending += count > 0 ? Encoding.Latin1.GetString(buffer, 0, count) : throw new EndOfStreamException();
        }
    }

    private static int LengthOf(string head, string rest)
    {
        foreach (string line in head.Split('\n'))
        {
            string[] parts = line.Split(':', 2);
            if (parts.Length == 2 && parts[0].Trim().Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                return int.TryParse(parts[1].Trim().Split(',')[0], NumberStyles.Any, CultureInfo.InvariantCulture, out int length) ? Math.Max(length, 0) : 0;
            }
        }

        return head.Contains("chunked", StringComparison.OrdinalIgnoreCase) ? rest.Length : 0;
    }
}
