using System.Net;
using System.Net.Sockets;
using Gateway.Host.Logging;
using Gateway.Host.Serving;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Serving;

public sealed class SharedPortTests : IAsyncDisposable
{
    private const int Connections = 64;

    private readonly LogMemory _memory = new();
    private readonly HostLog _log;
    private readonly SharedPort _older, _newer;
    private readonly List<IDisposable> _sockets = [];

    public SharedPortTests()
    {
        _log = new HostLog(_memory, TimeProvider.System);
        (_older, _newer) = (new SharedPort(_log.Loggers.CreateLogger("Gateway")), new SharedPort(_log.Loggers.CreateLogger("Gateway")));
    }

    public async ValueTask DisposeAsync()
    {
        _sockets.ForEach(static socket => socket.Dispose());
        await _log.DisposeAsync();
        _memory.Dispose();
    }

    [Fact]
    public void PortThatIsShared_CannotBeHadWithoutSharing()
    {
        Socket socket = Listen(_older, IPAddress.Loopback);
        using var other = new TcpListener((IPEndPoint)socket.LocalEndPoint!);

        FluentActions.Invoking(other.Start).Should().Throw<SocketException>().Which.SocketErrorCode.Should().Be(SocketError.AddressAlreadyInUse);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::")]
    public async Task AfterHandOver_EveryNewConnectionIsTheNewers(string address)
    {
        Socket older = Listen(_older, IPAddress.Parse(address)), newer = Listen(_newer, IPAddress.Parse(address), older);

        _older.HandOver();
        await ConnectAsync(older);

        Waiting(older).Should().Be(0);
        Waiting(newer).Should().Be(Connections);
    }

    [Fact]
    public async Task HandOver_OnEveryPortThatIsShared()
    {
        Socket olderA = Listen(_older, IPAddress.Loopback), newerA = Listen(_newer, IPAddress.Loopback, olderA);
        Socket olderB = Listen(_older, IPAddress.Loopback), newerB = Listen(_newer, IPAddress.Loopback, olderB);

        _older.HandOver();
        await ConnectAsync(olderA);
        await ConnectAsync(olderB);

        (Waiting(newerA), Waiting(newerB)).Should().Be((Connections, Connections));
    }

    [Fact]
    public async Task HandOverToNobody_LosesNothing()
    {
        Socket only = Listen(_older, IPAddress.Loopback);

        _older.HandOver();
        await ConnectAsync(only);

        Waiting(only).Should().Be(Connections);
    }

    [Fact]
    public async Task OnceTheOlderIsGone_TheOtherAndItsSuccessorGetEveryConnection()
    {
        Socket older = Listen(_older, IPAddress.Loopback), newer = Listen(_newer, IPAddress.Loopback, older);
        _older.HandOver();
        older.Dispose();

        await ConnectAsync(newer);
        Waiting(newer).Should().Be(Connections);

        Socket newest = Listen(_older, IPAddress.Loopback, newer);
        await ConnectAsync(newer);
        (Waiting(newer), Waiting(newest)).Should().Be((0, Connections));
    }

    [Fact]
    public void UnixSocket_IsBoundAsEver()
    {
        using var files = new ConfigurationFiles();

        using Socket socket = _older.Bind(new UnixDomainSocketEndPoint(Path.Combine(files.Root, "public.sock")));

        socket.IsBound.Should().BeTrue();
        FluentActions.Invoking(_older.HandOver).Should().NotThrow();
    }

    [Fact]
    public void AddressOfAnotherMachine_IsASocketException() =>
        FluentActions.Invoking(() => _older.Bind(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0))).Should().Throw<SocketException>();

    [Fact]
    public async Task KernelThatRefuses_IsLoggedOnceAndNothingMore()
    {
        for (int i = 0; i < 2; i++)
        {
            // One that is not shared after all: the kernel takes no program for it.
            Socket socket = _older.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _sockets.Add(socket);
            socket.SetRawSocketOption(1, 15, BitConverter.GetBytes(0));
            socket.Listen();
        }

        _older.HandOver();

        await _memory.FindAsync(static line => line.GetRawText().Contains("cannot be handed over", StringComparison.Ordinal));
        await _log.DisposeAsync();
        _memory.Lines.Should().HaveCount(1);
    }

    private Socket Listen(SharedPort port, IPAddress address, Socket? beside = null)
    {
        Socket socket = port.Bind(new IPEndPoint(address, ((IPEndPoint?)beside?.LocalEndPoint)?.Port ?? 0));
        _sockets.Add(socket);
        socket.Listen(2 * Connections);
        return socket;
    }

    private async Task ConnectAsync(Socket listener)
    {
        for (int i = 0; i < Connections; i++)
        {
            _sockets.Add(await RawConnection.ToAsync(((IPEndPoint)listener.LocalEndPoint!).Port));
        }
    }

    /// <summary>Accepts all connections that wait. They are there: a client's connecting has ended when it is on the listener's queue.</summary>
    private int Waiting(Socket listener)
    {
        int count = 0;
        for (; listener.Poll(0, SelectMode.SelectRead); count++)
        {
            _sockets.Add(listener.Accept());
        }

        return count;
    }
}
