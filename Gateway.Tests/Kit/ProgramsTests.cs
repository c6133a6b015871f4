namespace Gateway.Tests.Kit;

public sealed class ProgramsTests
{
    [Theory]
    [InlineData(true, null, null)]
    [InlineData(true, "true", null)]
    [InlineData(false, "true", null)]
    [InlineData(false, null, "needs the program 'promtool', which is not on the PATH; CI installs it")]
    public void MissingProgram_SkipsATestAndSaysWhy_ButNeverInCi(bool isThere, string? ci, string? reason) =>
        Programs.WhyNot("promtool", ci, _ => isThere).Should().Be(reason);

    [Fact]
    public void ProgramOnThePath_IsThere_AndAnotherIsNot()
    {
        Programs.IsThere("sh").Should().BeTrue();
        Programs.Find("sh").Should().EndWith("/sh");
        Programs.IsThere("no-such-program-of-ours").Should().BeFalse();
    }
}
