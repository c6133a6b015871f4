using Gateway.Core.Tracing;

namespace Gateway.Tests.Tracing;

public sealed class RandomHexTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    public void Create_GivesAsManyLowerCaseDigits(int digits) => RandomHex.Create(digits).Should().MatchRegex($"^[0-9a-f]{{{digits}}}$");

    [Fact]
    public void Create_UsesEveryDigit() =>
        string.Concat(Enumerable.Range(0, 100).Select(static _ => RandomHex.Create(64))).Distinct().Should().HaveCount(16);

    [Fact]
    public void Create_NeverRepeats() =>
        Enumerable.Range(0, 10_000).Select(static _ => RandomHex.Create(16)).Should().OnlyHaveUniqueItems();

    [Fact]
    public void Fill_WritesTheWholeSpanAndNothingBeside()
    {
        char[] text = new string('!', 34).ToCharArray();

        RandomHex.Fill(text.AsSpan(1, 32));

        new string(text).Should().MatchRegex("^![0-9a-f]{32}!$");
    }
}
