using Gateway.Host.Configuration;

namespace Gateway.Tests.Host.Configuration;

public sealed class SetOptionTests
{
    [Theory]
    [InlineData("Gateway:Auth:Cookie=x", "Gateway:Auth:Cookie", "x")]
    [InlineData("A=b=c", "A", "b=c")]
    [InlineData("A=", "A", "")]
    public void KeyAndValue_AreSplitAtTheFirstEqualsSign(string argument, string key, string value)
    {
        SetOption? set = SetOption.Parse(argument, out string? problem);

        problem.Should().BeNull();
        (set!.Key, set.Value).Should().Be((key, value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Gateway:Auth:Cookie")]
    [InlineData("=x")]
    [InlineData(" =x")]
    public void Malformed_IsBadUsage(string argument)
    {
        SetOption.Parse(argument, out string? problem).Should().BeNull();

        problem.Should().Be($"--set '{argument}' is not Key:Path=value, as in --set Gateway:Auth:Timeout=00:00:05");
    }
}
