using Gateway.Core.Telemetry;

namespace Gateway.Tests.Telemetry;

public sealed class KnownMethodsTests
{
    [Theory]
    [InlineData("GET", true)]
    [InlineData("TRACE", true)]
    [InlineData("get", false)]
    [InlineData("PROPFIND", false)]
    [InlineData("", false)]
    public void Method_IsOfTheListOrNot(string method, bool known) => KnownMethods.Contains(method).Should().Be(known);
}
