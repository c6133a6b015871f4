using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests.Kit;

/// <summary>
/// A wire in front of a real instance that can be cut, held and bent while the test runs. Counts what goes through, so that leaks are
/// seen from outside of whom they happen to.
/// </summary>
internal sealed class FaultRelay : IAsyncDisposable
{
    private const int Backlog = 512;

    /// <summary>Bound and never listening: while the relay is closed the port refuses, and nobody else gets it.</summary>
    private readonly Socket _port = NewSocket();

    private readonly ConcurrentDictionary<RelayedConnection, Task> _open = new();
    private readonly FaultSwitch _faults = new();
    private readonly Uri _instance;
    private readonly Lock _gate = new();
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private int _made;
    private long _toInstance, _toClient;

    private FaultRelay(string instance)
    {
        _instance = new Uri(instance);
        _port.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Port = ((IPEndPoint)_port.LocalEndPoint!).Port;
        Listen();
    }

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Of all connections, those that are open too, but for those that have one of their own.</summary>
    public Fault Fault
    {
        get => _faults.OfAll;
        set => _faults.OfAll = value;
    }

    /// <summary>A fault of its own for a connection, by its number from 1; null for the one of all.</summary>
    public Func<int, Fault?>? FaultOf
    {
        get => _faults.OfOne;
        set => _faults.OfOne = value;
    }

    /// <summary>Connections that were made.</summary>
    public int Made => Volatile.Read(ref _made);

    /// <summary>Connections that neither side has ended yet.</summary>
    public int Open => _open.Count;

    public long BytesToInstance => Volatile.Read(ref _toInstance);

    public long BytesToClient => Volatile.Read(ref _toClient);

    /// <summary>A relay that listens on a port of its own.</summary>
    /// <param name="instance">The address that it stands before.</param>
    public static FaultRelay To(string instance) => new(instance);

    /// <summary>As when the process dies: the port is closed, and every connection reset.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _listener?.Dispose();
            _listener = null;
        }

        foreach (RelayedConnection connection in _open.Keys)
        {
            connection.Reset();
        }
    }

    /// <summary>Opens the same port again.</summary>
    public void Listen()
    {
        lock (_gate)
        {
            if (_listener is null)
            {
                Socket listener = NewSocket();
                listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
                listener.Listen(Backlog);
                _listener = listener;
                Task before = _accepting;
                _accepting = Task.Run(() => Task.WhenAll(before, AcceptAsync(listener)));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await _accepting;
        Close();
        await Task.WhenAll(_open.Values);
        _port.Dispose();
    }

    internal void CountToInstance(int bytes) => Interlocked.Add(ref _toInstance, bytes);

    internal void CountToClient(int bytes) => Interlocked.Add(ref _toClient, bytes);

    /// <summary>One that shares its port with <see cref="_port"/>, and need not wait for the last connections of a former one.</summary>
    private static Socket NewSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        return socket;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                Socket client = await listener.AcceptAsync();
                Begin(new RelayedConnection(this, client, Interlocked.Increment(ref _made), _instance.Port, _faults));
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The relay was closed.
        }
    }

    private void Begin(RelayedConnection connection)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _open[connection] = RunAsync(connection, begun.Task);
        begun.SetResult();
    }

    /// <summary>Not before it is among the open ones, so that it is not taken out before it was put in.</summary>
    private async Task RunAsync(RelayedConnection connection, Task begun)
    {
        await begun;
        await connection.RunAsync();
        _open.TryRemove(connection, out _);
        connection.Dispose();
    }
}
