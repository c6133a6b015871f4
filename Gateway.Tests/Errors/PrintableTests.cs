using Gateway.Core.Errors;

namespace Gateway.Tests.Errors;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("as it is, é and 'quoted'", "as it is, é and 'quoted'")]
    [InlineData("two\r\nlines", "two\\u000d\\u000alines")]
    [InlineData("\u001b[2J\u2028", "\\u001b[2J\\u2028")]
    public void Text_IsOneLineThatATerminalShowsOnly(string text, string printable) => Printable.Of(text).Should().Be(printable);

    [Fact]
    public void LongText_IsShortened() => Printable.Of(new string('a', 5_000)).Should().Be(new string('a', 2_000) + "…");
}
