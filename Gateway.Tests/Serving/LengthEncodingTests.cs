using System.Text;
using Gateway.Core.Serving;

namespace Gateway.Tests.Serving;

public sealed class LengthEncodingTests
{
    [Theory]
    [InlineData("0")]
    [InlineData("0042")]
    [InlineData("9223372036854775807")]
    public void Digits_AreRead(string length) => Read(length).Should().Be(length);

    [Theory]
    [InlineData("+5")]
    [InlineData("-5")]
    [InlineData(" 5")]
    [InlineData("5\t")]
    [InlineData("\v5")]
    [InlineData("5,5")]
    [InlineData("00000000000000000005")]
    [InlineData("99999999999999999999999999")]
    public void AnythingElse_IsReadAsNothing(string length) => Read(length).Should().BeEmpty();

    /// <summary>As Kestrel reads: into twenty characters.</summary>
    private static string Read(string length)
    {
        Span<char> chars = stackalloc char[20];
        int count = new LengthEncoding().GetChars(Encoding.Latin1.GetBytes(length), chars);
        return chars[..count].ToString();
    }
}
