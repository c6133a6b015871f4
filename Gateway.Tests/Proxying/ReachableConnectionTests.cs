using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Proxying;

public sealed class ReachableConnectionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ScriptedStream _inner = new();
    private readonly ReachableConnection _connection;
    private readonly List<ReachableConnection> _written = [];

    public ReachableConnectionTests() => _connection = new ReachableConnection(_inner, _written.Add);

    public void Dispose()
    {
        _connection.Dispose();
        _inner.Dispose();
    }

    [Fact]
    public async Task End_IsPassedOn()
    {
        _inner.Says("ab");
        _inner.Ends();
        byte[] buffer = new byte[1];
        (await _connection.ReadAsync(buffer.AsMemory())).Should().Be(1);
        (await ReadIntoArrayAsync(buffer)).Should().Be(1);
        buffer.Should().Equal((byte)'b');
        (await _connection.ReadAsync(buffer.AsMemory())).Should().Be(0);
        (await ReadIntoArrayAsync(buffer)).Should().Be(0);
    }

    /// <summary>What HttpClient closes as it gives the connection up stays open, and what the instance had said already is not lost.</summary>
    [Fact]
    public async Task OnceTakenOver_TheConnectionIsOurs()
    {
        using var content = new MemoryStream("ahead"u8.ToArray());
        await _connection.TakeOverAsync(content, CancellationToken.None);
        _inner.Says("a");
        _inner.Ends();
        byte[] buffer = new byte[8];

        (await _connection.ReadAsync(buffer.AsMemory(0, 3))).Should().Be(3);
        (await _connection.ReadAsync(buffer.AsMemory(3))).Should().Be(2);
        buffer.AsSpan(0, 5).SequenceEqual("ahead"u8).Should().BeTrue();
        (await _connection.ReadAsync(Memory<byte>.Empty)).Should().Be(0);
        (await ReadIntoArrayAsync(buffer)).Should().Be(1);
        (await _connection.ReadAsync(buffer.AsMemory())).Should().Be(0);
        _inner.IsDisposed.Should().BeFalse();
    }

    [Fact]
    public async Task Writes_AreToldOfUntilTakenOver()
    {
        await _connection.WriteAsync("one "u8.ToArray().AsMemory());
        _written.Should().Equal(_connection);
        await WriteFromArrayAsync("_two _"u8.ToArray());
        _written.Should().Equal(_connection, _connection);
        _inner.Heard.Should().BeEmpty();
        await _connection.FlushAsync();
        _inner.Heard.Should().Be("one two ");

        await _connection.TakeOverAsync(Stream.Null, CancellationToken.None);
        await _connection.WriteAsync("three"u8.ToArray().AsMemory());
        await _connection.FlushAsync();

        (_written.Count, _inner.Heard).Should().Be((2, "one two three"));
    }

    [Fact]
    public void SynchronousUse_IsPassedOn()
    {
        _inner.Says("abc");
        byte[] buffer = new byte[4];
        ((Stream)_connection).Read(buffer, 1, 2).Should().Be(2);
        buffer.Should().Equal(0, (byte)'a', (byte)'b', 0);
        ((Stream)_connection).Write("_xy_"u8.ToArray(), 1, 2);
        _connection.Flush();
        _inner.Heard.Should().Be("xy");
    }

    [Fact]
    public void Connection_IsNoFile()
    {
        (_connection.CanRead, _connection.CanWrite, _connection.CanSeek).Should().Be((true, true, false));
        Action[] uses = [() => _connection.Seek(0, SeekOrigin.Begin), () => _connection.SetLength(0), () => _connection.Position = 0,
            () => _ = _connection.Position, () => _ = _connection.Length];
        uses.Should().AllSatisfy(static use => use.Should().Throw<NotSupportedException>());
    }

    [Fact]
    public void Disposed_ClosesWhatItOwns()
    {
        _connection.Dispose();
        _inner.IsDisposed.Should().BeTrue();
    }

    [Fact]
    public async Task ClosedWriting_ThePeerSeesTheEndAndIsStillHeard()
    {
        (NetworkStream ours, NetworkStream theirs) = await ConnectAsync();
        await using NetworkStream peer = theirs;
        using var connection = new ReachableConnection(ours, static _ => { });

        await ShouldCloseOneWayAsync(connection, peer);
    }

    [Fact]
    public async Task ClosedWritingOverTls_ThePeerSeesTheEndAndIsStillHeard()
    {
        using var key = RSA.Create(2048);
        using X509Certificate2 certificate = new CertificateRequest("CN=instance", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        (NetworkStream ours, NetworkStream theirs) = await ConnectAsync();
        await using var peer = new SslStream(theirs);
        var client = new SslStream(ours);
        using var connection = new ReachableConnection(client, static _ => { });
        await Task.WhenAll(
            peer.AuthenticateAsServerAsync(certificate),
            client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "instance",
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 seen && seen.Thumbprint == certificate.Thumbprint,
            })).WaitAsync(Patience);

        await ShouldCloseOneWayAsync(connection, peer);
    }

    private static async Task ShouldCloseOneWayAsync(ReachableConnection connection, Stream peer)
    {
        byte[] buffer = new byte[8];
        await connection.WriteAsync("last"u8.ToArray().AsMemory());
        await connection.CloseWritingAsync();

        (await peer.ReadAtLeastAsync(buffer, 5, throwOnEndOfStream: false).AsTask().WaitAsync(Patience)).Should().Be(4);
        await peer.WriteAsync("heard"u8.ToArray().AsMemory());
        await peer.FlushAsync();
        (await connection.ReadAtLeastAsync(buffer, 5).AsTask().WaitAsync(Patience)).Should().Be(5);
    }

    private static async Task<(NetworkStream Ours, NetworkStream Theirs)> ConnectAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var ours = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await ours.ConnectAsync(listener.LocalEndpoint);
        return (new NetworkStream(ours, ownsSocket: true), new NetworkStream(await listener.AcceptSocketAsync(), ownsSocket: true));
    }

    private Task<int> ReadIntoArrayAsync(byte[] buffer) => _connection.ReadAsync(buffer, 0, buffer.Length, CancellationToken.None);

    private Task WriteFromArrayAsync(byte[] buffer) => _connection.WriteAsync(buffer, 1, buffer.Length - 2, CancellationToken.None);
}
