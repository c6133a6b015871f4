using System.IO.Pipelines;
using System.Net;
using System.Text;
using Gateway.Core.Reception;
using Gateway.Host.Serving;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Host.Serving;

public sealed class ProxyProtocolTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Pipe _sent = new();
    private readonly DefaultConnectionContext _connection = new() { RemoteEndPoint = IPEndPoint.Parse("10.0.0.1:5000") };
    private readonly Leaving _leaving = new();
    private string? _seen;

    public ProxyProtocolTests()
    {
        _connection.Transport = new Transport(_sent.Reader);
        _connection.Features.Set<IConnectionLifetimeNotificationFeature>(_leaving);
    }

    public async ValueTask DisposeAsync()
    {
        _leaving.Dispose();
        await _connection.DisposeAsync();
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    public async Task HeaderWithTheClientsBytesBehindIt_LeavesTheClientAndItsBytes(string source)
    {
        foreach (byte[] header in new[] { ProxyHeaders.Text(source, 4711), ProxyHeaders.Binary(source, 4711, extensions: 8) })
        {
            await using var again = new ProxyProtocolTests();
            await again._sent.Writer.WriteAsync((byte[])[.. header, .. "PROXY hello"u8]);
            await again.RunAsync();

            again._connection.RemoteEndPoint.Should().Be(new IPEndPoint(IPAddress.Parse(source), 4711));
            again._seen.Should().Be("PROXY hello");
        }
    }

    [Fact]
    public async Task HeaderByteByByte_IsTheSame()
    {
        Task running = RunAsync();
        foreach (byte part in (byte[])[.. ProxyHeaders.Binary("192.0.2.1"), .. "x"u8])
        {
            running.IsCompleted.Should().BeFalse();
            await _sent.Writer.WriteAsync((byte[])[part]);
        }

        await running;

        _connection.RemoteEndPoint.Should().Be(IPEndPoint.Parse("192.0.2.1:4711"));
        _seen.Should().Be("x");
    }

    [Fact]
    public async Task HeaderWithoutASource_LeavesTheSocketsAddress()
    {
        await _sent.Writer.WriteAsync((byte[])[.. ProxyHeaders.Binary(ProxyHeaders.Local, 0, []), .. "x"u8]);
        await RunAsync();

        _connection.RemoteEndPoint.Should().Be(IPEndPoint.Parse("10.0.0.1:5000"));
        _seen.Should().Be("x");
    }

    [Theory]
    [InlineData("203.0.113.9:5000")]
    [InlineData(null)]
    public async Task PeerThatIsNotTrusted_IsClosedUnread(string? peer)
    {
        _connection.RemoteEndPoint = peer is null ? null : IPEndPoint.Parse(peer);
        await _sent.Writer.WriteAsync(ProxyHeaders.Text("192.0.2.1"));
        await RunAsync();

        _seen.Should().BeNull();
        (await _sent.Reader.ReadAsync()).Buffer.Length.Should().Be(ProxyHeaders.Text("192.0.2.1").Length);
    }

    [Fact]
    public async Task MappedAddressOfATrustedPeer_IsTrusted()
    {
        _connection.RemoteEndPoint = IPEndPoint.Parse("[::ffff:10.0.0.1]:5000");
        await _sent.Writer.WriteAsync((byte[])[.. ProxyHeaders.Text("192.0.2.1"), .. "x"u8]);
        await RunAsync();

        _seen.Should().Be("x");
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("PROXY nonsense\r\n")]
    public async Task AnythingElse_IsClosed(string sent)
    {
        await _sent.Writer.WriteAsync(Encoding.Latin1.GetBytes(sent));
        await RunAsync();
        _seen.Should().BeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("PROXY TCP4")]
    public async Task ConnectionThatEndsBeforeItsHeader_IsClosed(string sent)
    {
        await _sent.Writer.WriteAsync(Encoding.Latin1.GetBytes(sent));
        await _sent.Writer.CompleteAsync();
        await RunAsync();
        _seen.Should().BeNull();
    }

    [Fact]
    public async Task ConnectionThatIsReset_IsClosed()
    {
        await _sent.Writer.CompleteAsync(new ConnectionResetException("reset"));
        await RunAsync();
        _seen.Should().BeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("PROXY TCP4 ")]
    public async Task HeaderThatDoesNotComeInTime_ClosesTheConnection(string part)
    {
        Task running = RunAsync();
        await _sent.Writer.WriteAsync(Encoding.Latin1.GetBytes(part));
        _clock.Advance(ProxyProtocol.Timeout);
        await running;
        _seen.Should().BeNull();
    }

    [Fact]
    public async Task HeaderJustInTime_IsTaken()
    {
        Task running = RunAsync();
        _clock.Advance(ProxyProtocol.Timeout - TimeSpan.FromMilliseconds(1));
        await _sent.Writer.WriteAsync((byte[])[.. ProxyHeaders.Text("192.0.2.1"), .. "x"u8]);
        await running;
        _clock.Advance(ProxyProtocol.Timeout);
        _seen.Should().Be("x");
    }

    [Fact]
    public async Task ServerThatLeaves_DoesNotWaitForAHeader()
    {
        Task running = RunAsync();
        _leaving.RequestClose();
        await running;
        _seen.Should().BeNull();
    }

    private Task RunAsync() => new ProxyProtocol(new ClientAddress(["10.0.0.0/8"]), _clock, NullLogger.Instance).Use(async connection =>
    {
        ReadResult read = await connection.Transport.Input.ReadAsync();
        _seen = Encoding.Latin1.GetString(read.Buffer);
        connection.Transport.Input.AdvanceTo(read.Buffer.End);
    })(_connection);

    private sealed class Transport(PipeReader input) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => throw new InvalidOperationException("Nothing is answered.");
    }

    private sealed class Leaving : IConnectionLifetimeNotificationFeature, IDisposable
    {
        private readonly CancellationTokenSource _requested = new();

        public CancellationToken ConnectionClosedRequested
        {
            get => _requested.Token;
            set => throw new NotSupportedException();
        }

        public void RequestClose() => _requested.Cancel();

        public void Dispose() => _requested.Dispose();
    }
}
