using Gateway.Core.Proxying;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Proxying;

public sealed class InstanceStreamTests : IDisposable
{
    private readonly ScriptedStream _network = new();
    private readonly Ours _ours;

    public InstanceStreamTests() => _ours = new Ours(_network);

    public void Dispose()
    {
        _ours.Dispose();
        _network.Dispose();
    }

    [Fact]
    public async Task Arrays_GoTheWayThatIsOurs()
    {
        byte[] buffer = "_ab_"u8.ToArray();
        await WriteArrayAsync(buffer);
        (await ReadArrayAsync(buffer)).Should().Be(2);

        _ours.Seen.Should().Equal("write 2", "read 2");
    }

    [Fact]
    public void SynchronousUse_GoesStraightThrough()
    {
        _network.Says("ab");
        byte[] buffer = new byte[4];
        ((Stream)_ours).Read(buffer, 1, 2).Should().Be(2);
        buffer.Should().Equal(0, (byte)'a', (byte)'b', 0);
        ((Stream)_ours).Write("_xy_"u8.ToArray(), 1, 2);
        _ours.Flush();
        _network.Heard.Should().Be("xy");
        _ours.Seen.Should().BeEmpty();
    }

    [Fact]
    public void Connection_IsNoFile()
    {
        (_ours.CanRead, _ours.CanWrite, _ours.CanSeek).Should().Be((true, true, false));
        Action[] uses = [() => _ours.Seek(0, SeekOrigin.Begin), () => _ours.SetLength(0), () => _ours.Position = 0,
            () => _ = _ours.Position, () => _ = _ours.Length];
        uses.Should().AllSatisfy(static use => use.Should().Throw<NotSupportedException>());
    }

    [Fact]
    public void Disposed_ClosesTheNetwork()
    {
        _ours.Dispose();
        _network.IsDisposed.Should().BeTrue();
    }

    private Task<int> ReadArrayAsync(byte[] buffer) => _ours.ReadAsync(buffer, 1, 2, CancellationToken.None);

    private Task WriteArrayAsync(byte[] buffer) => _ours.WriteAsync(buffer, 1, 2, CancellationToken.None);

    private sealed class Ours(Stream network) : InstanceStream(network)
    {
        public List<string> Seen { get; } = [];

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Seen.Add($"read {buffer.Length}");
            return ValueTask.FromResult(buffer.Length);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Seen.Add($"write {buffer.Length}");
            return ValueTask.CompletedTask;
        }
    }
}
