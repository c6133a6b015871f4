using System.Buffers;
using System.Text;
using Gateway.Core.Proxying;

namespace Gateway.Tests.Proxying;

public sealed class BodyWriterTests
{
    [Fact]
    public async Task PlainPiece_GoesAsItIs()
    {
        using var service = new Writes();

        var writer = new BodyWriter(service, asChunks: false);
        await writer.WriteAsync(Pieces("hello"), CancellationToken.None);
        await writer.EndAsync(CancellationToken.None);

        service.All.Should().Equal("hello");
    }

    [Fact]
    public async Task PiecesInSeveralBlocks_GoInOneWrite()
    {
        using var service = new Writes();

        await new BodyWriter(service, asChunks: false).WriteAsync(Pieces("hel", "lo", "!"), CancellationToken.None);
        await new BodyWriter(service, asChunks: true).WriteAsync(Pieces("hel", "lo", "!"), CancellationToken.None);

        service.All.Should().Equal("hello!", "6\r\nhello!\r\n");
    }

    [Fact]
    public async Task NoBytes_AreNoChunkSinceThatWouldBeTheLast()
    {
        using var service = new Writes();
        var writer = new BodyWriter(service, asChunks: true);

        await writer.WriteAsync(ReadOnlySequence<byte>.Empty, CancellationToken.None);
        await writer.EndAsync(CancellationToken.None);

        service.All.Should().Equal("0\r\n\r\n");
    }

    [Theory]
    [InlineData(BodyWriter.Gathered - 1, "ffff")]
    [InlineData(BodyWriter.Gathered, "10000")]
    [InlineData(BodyWriter.Gathered + 1, "10000,1")]
    [InlineData((2 * BodyWriter.Gathered) + 16, "10000,10000,10")]
    public async Task LargePieces_AreCutIntoChunks(int length, string sizes)
    {
        using var service = new Writes();
        string text = new('x', length);

        await new BodyWriter(service, asChunks: true).WriteAsync(Pieces(text), CancellationToken.None);

        service.All.Select(static chunk => chunk.Split("\r\n")[0]).Should().Equal(sizes.Split(','));
        string.Concat(service.All.Select(static chunk => chunk.Split("\r\n")[1])).Should().Be(text);
        service.All.Should().OnlyContain(static chunk => chunk.EndsWith("\r\n", StringComparison.Ordinal));
    }

    private static ReadOnlySequence<byte> Pieces(params string[] texts)
    {
        var first = new Block(Encoding.ASCII.GetBytes(texts[0]), null);
        Block last = first;
        foreach (string text in texts[1..])
        {
            last = new Block(Encoding.ASCII.GetBytes(text), last);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Block : ReadOnlySequenceSegment<byte>
    {
        public Block(byte[] bytes, Block? before)
        {
            Memory = bytes;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }

    private sealed class Writes : MemoryStream
    {
        public List<string> All { get; } = [];

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            All.Add(Encoding.ASCII.GetString(buffer.Span));
            return ValueTask.CompletedTask;
        }
    }
}
