using Gateway.Core.Backends;
using Gateway.Core.Errors;

namespace Gateway.Tests.Backends;

public sealed class DnsOptionsTests
{
    [Fact]
    public void Defaults_AreThoseOfTheDocumentation()
    {
        var defaults = new DnsOptions();
        (defaults.RefreshInterval, defaults.Timeout).Should().Be((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5)));
        KeysOf(defaults).Should().BeEmpty();
    }

    [Theory]
    [InlineData(1, 0.01)]
    [InlineData(3_600, 60)]
    public void Bounds_AreInclusive(double interval, double timeout) =>
        KeysOf(new() { RefreshInterval = TimeSpan.FromSeconds(interval), Timeout = TimeSpan.FromSeconds(timeout) }).Should().BeEmpty();

    [Theory]
    [InlineData(0.999, 0.009)]
    [InlineData(3_601, 61)]
    public void EveryFault_IsReported(double interval, double timeout) =>
        KeysOf(new() { RefreshInterval = TimeSpan.FromSeconds(interval), Timeout = TimeSpan.FromSeconds(timeout) })
            .Should().Equal("D:RefreshInterval", "D:Timeout");

    private static IEnumerable<string> KeysOf(DnsOptions options)
    {
        var errors = new OptionErrors();
        options.Validate("D", errors);
        return errors.All.Select(error => error.Key);
    }
}
