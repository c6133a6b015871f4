using System.Globalization;
using Gateway.Core.Configuration;

namespace Gateway.Tests.Configuration;

public sealed class DurationGuessTests
{
    [Theory]
    [InlineData("30", "00:00:30")]
    [InlineData("2 s", "00:00:02")]
    [InlineData("500ms", "00:00:00.5000000")]
    [InlineData("1.5h", "01:30:00")]
    [InlineData("15 min", "00:15:00")]
    [InlineData("2d", "2.00:00:00")]
    [InlineData("48:00:00", "2.00:00:00")]
    public void PlainAmount_IsWhatWasMeant(string text, string meant) =>
        DurationGuess.For(text).Should().Be(TimeSpan.ParseExact(meant, "c", CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("1:30")]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("999999999d")]
    [InlineData("1..5s")]
    public void AnythingElse_IsShownHalfAMinute(string text) => DurationGuess.For(text).Should().Be(TimeSpan.FromSeconds(30));
}
