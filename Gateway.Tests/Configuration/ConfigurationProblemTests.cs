using Gateway.Core.Configuration;

namespace Gateway.Tests.Configuration;

public sealed class ConfigurationProblemTests
{
    [Fact]
    public void Position_StandsFirst() =>
        new ConfigurationProblem(new ValueOrigin(0, "a.json", 3, 4), "no").ToString().Should().Be("a.json:3:4: no");

    [Fact]
    public void NoOrigin_LeavesTheMessage() => new ConfigurationProblem(default, "no").ToString().Should().Be("no");

    [Fact]
    public void ControlCharacters_AreEscaped() =>
        new ConfigurationProblem(default, "a\u001b[2J\nb\u2028").ToString().Should().Be("a\\u001b[2J\\u000ab\\u2028");

    [Fact]
    public void EndlessMessage_IsCutOff() => new ConfigurationProblem(default, new string('x', 1_000_000)).ToString().Should().HaveLength(2_001);
}
