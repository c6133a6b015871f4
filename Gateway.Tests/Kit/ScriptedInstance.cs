using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests.Kit;

/// <summary>An instance that speaks bytes: each connection is handed to the test's script. For what no HTTP server would answer.</summary>
internal sealed class ScriptedInstance : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private int _accepted;

    public ScriptedInstance(Func<RawConnection, Task> script)
    {
        _listener.Start();
        _accepting = AcceptAsync(script);
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Connections that were made.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>The address of a port on which nobody listens.</summary>
    public static string UnusedUrl()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndPoint!).Port}";
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync(Func<RawConnection, Task> script)
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                _connections.Add(PlayAsync(socket, script));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over; a listener that was stopped between two accepts says so with an InvalidOperationException.
        }
    }

    private async Task PlayAsync(Socket socket, Func<RawConnection, Task> script)
    {
        using var connection = new RawConnection(socket);
        using CancellationTokenRegistration stop = _stop.Token.Register(socket.Dispose);
        try
        {
            await script(connection);
        }
        catch (Exception end) when (end is EndOfStreamException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The gateway ended the connection, or the test did.
        }
    }
}
