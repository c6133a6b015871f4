using System.Text;
using Gateway.Core.Serving;

namespace Gateway.Tests.Serving;

public sealed class ConnectionEncodingTests
{
    private readonly ConnectionEncoding _encoding = new();

    [Theory]
    [InlineData("keep-alive", "keep-alive")]
    [InlineData("Close", "Close")]
    [InlineData("X-Hop", "X-Hop")]
    [InlineData("", "")]
    [InlineData("\u00e9", "\u00e9")]
    [InlineData("X-Hop, X-Other", "X-Hop, X-Other")]
    [InlineData("keep-alive, Upgrade, X-Hop", "keep-alive, Upgrade, X-Hop")]
    [InlineData("close, X-Hop", "close, X-Hop, keep-alive")]
    [InlineData("X-Hop,CLOSE", "X-Hop,CLOSE, keep-alive")]
    [InlineData("close, close, X-Hop", "close, close, X-Hop, keep-alive")]
    [InlineData("Upgrade, X-Hop", "Upgrade, X-Hop, keep-alive")]
    [InlineData("Keep-Alive, X-Hop", "X-Hop")]
    [InlineData(" X-Hop ,keep-alive, X-Other", "X-Hop, X-Other")]
    [InlineData("keep-alive,", "")]
    public void Value_IsReadSoThatTheServerKeepsItsOtherTokens(string sent, string read)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(sent);

        _encoding.GetString(bytes.AsSpan()).Should().Be(read, "as spans");
        _encoding.GetString(bytes).Should().Be(read, "as arrays");
        _encoding.GetCharCount(bytes).Should().Be(read.Length).And.BeLessThanOrEqualTo(_encoding.GetMaxCharCount(bytes.Length));
    }

    [Fact]
    public void OtherWay_IsLatin1()
    {
        _encoding.GetBytes("\u00e9").Should().Equal(0xE9);
        _encoding.GetByteCount("\u00e9").Should().Be(1).And.BeLessThanOrEqualTo(_encoding.GetMaxByteCount(1));
    }
}
