using System.IO.Pipelines;
using System.Text;
using Gateway.Core.Proxying;

namespace Gateway.Tests.Proxying;

public sealed class ChunkedWriterTests
{
    [Fact]
    public async Task EachPiece_IsAChunkAndTheEndIsTheLast()
    {
        using var output = new MemoryStream();
        var connection = PipeWriter.Create(output);
        var writer = new ChunkedWriter(connection);

        foreach (string piece in new[] { "hello", new string('x', 300) })
        {
            Encoding.ASCII.GetBytes(piece, writer.GetSpan(piece.Length));
            writer.Advance(piece.Length);
        }

        writer.End([]);
        await writer.FlushAsync();

        Encoding.ASCII.GetString(output.ToArray()).Should().Be($"00005\r\nhello\r\n0012c\r\n{new string('x', 300)}\r\n0\r\n\r\n");
    }

    [Fact]
    public async Task PieceOfNoBytes_IsNoChunk()
    {
        using var output = new MemoryStream();
        var writer = new ChunkedWriter(PipeWriter.Create(output));

        writer.GetMemory();
        writer.Advance(0);
        await writer.FlushAsync();

        output.Length.Should().Be(0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    [InlineData(65_536)]
    public void Memory_IsAtLeastWhatIsAskedFor(int size) =>
        new ChunkedWriter(PipeWriter.Create(Stream.Null)).GetMemory(size).Length.Should().BeInRange(Math.Max(size, 1), 0xfffff);
}
