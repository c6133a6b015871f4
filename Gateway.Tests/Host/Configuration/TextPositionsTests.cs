using System.Text;
using Gateway.Host.Configuration;

namespace Gateway.Tests.Host.Configuration;

public sealed class TextPositionsTests
{
    [Theory]
    [InlineData("", 0, 1, 1)]
    [InlineData("ab", 2, 1, 3)]
    [InlineData("\tb", 1, 1, 2)]
    [InlineData("üb", 2, 1, 2)]
    [InlineData("😀b", 4, 1, 2)]
    [InlineData("a\nb", 2, 2, 1)]
    [InlineData("a\r\nb", 3, 2, 1)]
    [InlineData("ab", 99, 1, 3)]
    public void Offset_IsALineAndAColumnInCharacters(string text, int offset, int line, int column) =>
        new TextPositions(Encoding.UTF8.GetBytes(text)).At(offset).Should().Be((line, column));

    [Fact]
    public void LaterOffsets_GoOnFromTheLast()
    {
        var positions = new TextPositions("ab\ncd\nef"u8);

        positions.At(1).Should().Be((1, 2));
        positions.At(1).Should().Be((1, 2));
        positions.At(4).Should().Be((2, 2));
        positions.At(8).Should().Be((3, 3));
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, 0, 3)]
    [InlineData(1, 99, 5)]
    [InlineData(9, 0, 3)]
    public void LineAndByte_AreAnOffsetWithinTheText(long line, long byteInLine, int offset) =>
        TextPositions.OffsetOf("ab\ncd"u8, line, byteInLine).Should().Be(offset);
}
