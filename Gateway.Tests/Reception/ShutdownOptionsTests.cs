using Gateway.Core.Errors;
using Gateway.Core.Reception;

namespace Gateway.Tests.Reception;

public sealed class ShutdownOptionsTests
{
    [Fact]
    public void Defaults_AreTheContracts() =>
        new ShutdownOptions().Should().Be(new ShutdownOptions { DrainDelay = TimeSpan.FromSeconds(5), DrainTimeout = TimeSpan.FromSeconds(30) });

    [Theory]
    [InlineData(0)]
    [InlineData(3_600_000)]
    public void BothLimits_AreAllowed(int milliseconds) => ErrorsOf(milliseconds).Should().BeEmpty();

    [Theory]
    [InlineData(-1)]
    [InlineData(3_600_001)]
    public void OneMillisecondBeyond_IsAnErrorAtEachKey(int milliseconds) =>
        ErrorsOf(milliseconds).Select(error => error.Key).Should().Equal("S:DrainDelay", "S:DrainTimeout");

    private static IReadOnlyList<OptionError> ErrorsOf(int milliseconds)
    {
        var errors = new OptionErrors();
        var value = TimeSpan.FromMilliseconds(milliseconds);
        new ShutdownOptions { DrainDelay = value, DrainTimeout = value }.Validate("S", errors);
        return errors.All;
    }
}
