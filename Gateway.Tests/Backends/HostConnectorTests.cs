using System.Net;
using System.Net.Sockets;
using Gateway.Core.Backends;

namespace Gateway.Tests.Backends;

/// <summary>On real sockets: every address 127.0.0.x is this machine, so that one port can be well, closed or silent at each.</summary>
public sealed class HostConnectorTests : IAsyncDisposable
{
    private static readonly IPAddress A = IPAddress.Parse("127.0.0.2"), B = IPAddress.Parse("127.0.0.3"), C = IPAddress.Parse("127.0.0.4");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ObservedClock _clock = new(new DnsOptions().Timeout);
    private readonly List<Socket> _sockets = [];
    private readonly HostResolver _resolver;
    private IPAddress[] _answer = [];
    private int _port;

    public HostConnectorTests() =>
        _resolver = new HostResolver(new DnsOptions(), (_, _) => Task.FromResult(_answer), _clock, static _ => { });

    public ValueTask DisposeAsync()
    {
        _sockets.ForEach(static socket => socket.Dispose());
        return _resolver.DisposeAsync();
    }

    [Fact]
    public async Task SeveralAddresses_GetConnectionsInTurn()
    {
        Listen(A);
        Listen(B);
        HostConnector connector = await ToAsync(A, B);

        (await ConnectedToAsync(connector)).Should().Be(A);
        (await ConnectedToAsync(connector)).Should().Be(B);
        (await ConnectedToAsync(connector)).Should().Be(A);
    }

    [Fact]
    public async Task Connection_SendsSmallPiecesAtOnce()
    {
        Listen(A);
        HostConnector connector = await ToAsync(A);

        using Socket socket = await connector.ConnectAsync("product", _port, CancellationToken.None);

        socket.NoDelay.Should().BeTrue();
    }

    [Fact]
    public async Task AddressThatRefuses_IsFollowedByTheNextAtOnceAndComesLastFromThenOn()
    {
        Listen(B);
        HostConnector connector = await ToAsync(A, B, C);

        (await ConnectedToAsync(connector)).Should().Be(B);

        (await _resolver.Of("product").NextOrderAsync(CancellationToken.None))[^1].Should().Be(A);
    }

    [Fact]
    public async Task SilentAddress_IsOvertakenAfterItsHeadStartAndComesLastFromThenOn()
    {
        Listen(B);
        BeSilent(A);
        HostConnector connector = await ToAsync(A, B);

        Task<IPAddress> connecting = ConnectedToAsync(connector);
        (await _clock.NextDelayAsync()).Should().Be(HostConnector.HeadStart);
        connecting.IsCompleted.Should().BeFalse();
        _clock.Advance(HostConnector.HeadStart);

        (await connecting.WaitAsync(Patience)).Should().Be(B);
        (await _resolver.Of("product").NextOrderAsync(CancellationToken.None)).Should().Equal(B, A);
    }

    [Theory]
    [InlineData(1_000, 250)]
    [InlineData(300, 100)]
    [InlineData(3, 10)]
    public async Task HeadStart_LeavesEveryAddressItsChanceWithinTheTimeout(int timeout, int headStart)
    {
        Listen(C);
        BeSilent(A);
        BeSilent(B);
        HostConnector connector = await ToAsync(TimeSpan.FromMilliseconds(timeout), A, B, C);

        Task<IPAddress> connecting = ConnectedToAsync(connector);
        for (int i = 0; i < 2; i++)
        {
            (await _clock.NextDelayAsync()).Should().Be(TimeSpan.FromMilliseconds(headStart));
            _clock.Advance(TimeSpan.FromMilliseconds(headStart));
        }

        (await connecting.WaitAsync(Patience)).Should().Be(C);
    }

    [Fact]
    public async Task IpAddress_IsConnectedToWithoutTheResolver()
    {
        Listen(A);
        await using var never = new HostResolver(
            new DnsOptions(), static (name, _) => throw new InvalidOperationException($"'{name}' was looked up."), _clock, static _ => { });

        using Socket socket = await new HostConnector(never, Patience).ConnectAsync(A.ToString(), _port, CancellationToken.None);

        socket.Connected.Should().BeTrue();
        never.Known.Should().BeEmpty();
    }

    [Theory]
    [InlineData("127.0.0.2")]
    [InlineData("product")]
    public async Task RefusalEverywhere_IsHttpClientsConnectionError(string host)
    {
        Listen(A);
        _sockets[0].Dispose();
        await ToAsync(A, B);

        HttpRequestException failure = (await FluentActions.Awaiting(() => GetAsync(host, Patience)).Should().ThrowAsync<HttpRequestException>()).Which;

        failure.HttpRequestError.Should().Be(HttpRequestError.ConnectionError);
        failure.InnerException.Should().BeOfType<SocketException>().Which.SocketErrorCode.Should().Be(SocketError.ConnectionRefused);
    }

    [Fact]
    public async Task NameWithoutAnAddress_IsHttpClientsNameResolutionError() =>
        (await FluentActions.Awaiting(() => GetAsync("product", Patience)).Should().ThrowAsync<HttpRequestException>())
            .Which.HttpRequestError.Should().Be(HttpRequestError.NameResolutionError);

    [Theory]
    [InlineData("127.0.0.2")]
    [InlineData("product")]
    public async Task SilenceEverywhere_IsHttpClientsConnectTimeout(string host)
    {
        BeSilent(A);
        BeSilent(B);
        await ToAsync(A, B);

        (await FluentActions.Awaiting(() => GetAsync(host, TimeSpan.FromMilliseconds(100))).Should().ThrowAsync<OperationCanceledException>())
            .Which.InnerException.Should().BeOfType<TimeoutException>();
    }

    [Fact]
    public async Task FirstLookUpThatHangs_IsHttpClientsConnectTimeout()
    {
        await using var hanging = new HostResolver(
            new DnsOptions(), static (_, _) => new TaskCompletionSource<IPAddress[]>().Task, _clock, static _ => { });

        (await FluentActions.Awaiting(() => GetAsync("product", TimeSpan.FromMilliseconds(100), hanging)).Should().ThrowAsync<OperationCanceledException>())
            .Which.InnerException.Should().BeOfType<TimeoutException>();
    }

    private Task<HostConnector> ToAsync(params IPAddress[] answer) => ToAsync(TimeSpan.FromSeconds(2), answer);

    /// <summary>A connector to the name, which has been looked up.</summary>
    private async Task<HostConnector> ToAsync(TimeSpan timeout, params IPAddress[] answer)
    {
        _answer = answer;
        _resolver.Of("product");
        await _clock.NextDelayAsync();
        return new HostConnector(_resolver, timeout);
    }

    private async Task<IPAddress> ConnectedToAsync(HostConnector connector)
    {
        using Socket socket = await connector.ConnectAsync("product", _port, CancellationToken.None);
        return ((IPEndPoint)socket.RemoteEndPoint!).Address;
    }

    private async Task GetAsync(string host, TimeSpan connectTimeout, HostResolver? resolver = null)
    {
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectTimeout = connectTimeout,
            ConnectCallback = new HostConnector(resolver ?? _resolver, connectTimeout).ConnectAsync,
        });
        using var message = new HttpRequestMessage(HttpMethod.Get, $"http://{host}:{Math.Max(1, _port)}/");
        using HttpResponseMessage response = await client.SendAsync(message, CancellationToken.None);
    }

    private void Listen(IPAddress address) => Bind(address).Listen();

    /// <summary>A listener whose backlog is full drops further SYNs: a connection is neither made nor refused.</summary>
    private void BeSilent(IPAddress address)
    {
        Socket full = Bind(address);
        full.Listen(1);
        for (int i = 0; i < 8; i++)
        {
            Socket filler = NewSocket();
            _ = filler.ConnectAsync(full.LocalEndPoint!);
        }
    }

    private Socket Bind(IPAddress address)
    {
        Socket socket = NewSocket();
        socket.Bind(new IPEndPoint(address, _port));
        _port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        return socket;
    }

    private Socket NewSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        return socket;
    }
}
