using System.Net;
using System.Net.Sockets;
using Gateway.Core.Proxying;

namespace Gateway.Tests.Proxying;

public sealed class GuardedConnectionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly NetworkStream _instance;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly GuardedConnection _connection;

    public GuardedConnectionTests()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _socket.Connect(listener.LocalEndpoint);
        _instance = new NetworkStream(listener.AcceptSocket(), ownsSocket: true);
        _connection = new GuardedConnection(new NetworkStream(_socket, ownsSocket: true), _socket);
    }

    public void Dispose()
    {
        _connection.Dispose();
        _instance.Dispose();
        _socket.Dispose();
    }

    [Fact]
    public async Task AnswersThatEndWhereTheySay_AreFollowedByRequests()
    {
        for (int request = 0; request < 3; request++)
        {
            await WriteAsync("request");
            await WriteAsync("'s body");
            await InstanceSaysAsync("answer");
            (await ReadAsync(6)).Should().Be("answer");
        }
    }

    [Fact]
    public async Task SurplusBehindAnAnswer_LetsNoRequestBegin()
    {
        await WriteAsync("request");
        await InstanceSaysAsync("answer+surplus");
        (await ReadAsync(6)).Should().Be("answer");

        await FluentActions.Awaiting(() => WriteAsync("next")).Should().ThrowAsync<IOException>();
        await FluentActions.Awaiting(() => WriteAsync("next")).Should().ThrowAsync<IOException>("it stays so");
    }

    /// <summary>As HttpClient does before it uses an idle connection: it reads first, and writes while that waits.</summary>
    [Fact]
    public async Task RequestBehindAReadThatWaits_Begins()
    {
        for (int request = 0; request < 3; request++)
        {
            byte[] buffer = new byte[6];
            ValueTask<int> ahead = _connection.ReadAsync(buffer);
            ahead.IsCompleted.Should().BeFalse();
            await WriteAsync("request");
            await _instance.WriteAsync("answer"u8.ToArray());

            (await ahead.AsTask().WaitAsync(Patience)).Should().Be(6);
            System.Text.Encoding.ASCII.GetString(buffer).Should().Be("answer");
        }
    }

    /// <summary>A read that has brought its bytes waits no more: what lies behind them is surplus.</summary>
    [Fact]
    public async Task SurplusBehindAReadThatHasWaited_LetsNoRequestBegin()
    {
        byte[] buffer = new byte[6];
        ValueTask<int> ahead = _connection.ReadAsync(buffer);
        await WriteAsync("request");
        await _instance.WriteAsync("answer+surplus"u8.ToArray());
        (await ahead.AsTask().WaitAsync(Patience)).Should().Be(6);
        SpinWait.SpinUntil(() => _socket.Available == "+surplus".Length, Patience).Should().BeTrue();

        await FluentActions.Awaiting(() => WriteAsync("next")).Should().ThrowAsync<IOException>();
    }

    /// <summary>A read of no bytes, which only watches, may have waited for long.</summary>
    [Fact]
    public async Task SurplusWhileAReadOfNoBytesWaits_LetsNoRequestBegin()
    {
        ValueTask<int> watching = _connection.ReadAsync(Memory<byte>.Empty);
        await InstanceSaysAsync("surplus");

        await FluentActions.Awaiting(() => WriteAsync("next")).Should().ThrowAsync<IOException>();
        await watching.AsTask().WaitAsync(Patience);
    }

    /// <summary>Within a request HttpClient has its own way with an answer that comes early.</summary>
    [Fact]
    public async Task AnswerBeforeTheRequestIsWritten_IsNoSurplus()
    {
        await WriteAsync("request");
        await InstanceSaysAsync("early");

        await WriteAsync("'s body");
    }

    [Fact]
    public void Disposed_ClosesWhatItOwns()
    {
        _connection.Dispose();
        FluentActions.Invoking(() => _socket.Available).Should().Throw<ObjectDisposedException>();
    }

    private async Task WriteAsync(string text) => await _connection.WriteAsync(System.Text.Encoding.ASCII.GetBytes(text).AsMemory());

    /// <summary>Waits until it has arrived.</summary>
    private async Task InstanceSaysAsync(string text)
    {
        int before = _socket.Available;
        await _instance.WriteAsync(System.Text.Encoding.ASCII.GetBytes(text));
        SpinWait.SpinUntil(() => _socket.Available == before + text.Length, Patience).Should().BeTrue();
    }

    private async Task<string> ReadAsync(int count)
    {
        byte[] buffer = new byte[count];
        await _connection.ReadExactlyAsync(buffer).AsTask().WaitAsync(Patience);
        return System.Text.Encoding.ASCII.GetString(buffer);
    }
}
