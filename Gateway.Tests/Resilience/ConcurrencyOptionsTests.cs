using Gateway.Core.Errors;
using Gateway.Core.Resilience;

namespace Gateway.Tests.Resilience;

public sealed class ConcurrencyOptionsTests
{
    [Fact]
    public void Defaults_AreInRange() => Errors(new ConcurrencyOptions()).Should().BeEmpty();

    public static TheoryData<ConcurrencyOptions, string> OutOfRange() => new()
    {
        { new() { MaxPerInstance = 0, Adaptive = false }, "Concurrency:MaxPerInstance" },
        { new() { MaxPerInstance = 1_000_001 }, "Concurrency:MaxPerInstance" },
        { new() { MinPerInstance = 0 }, "Concurrency:MinPerInstance" },
        { new() { MinPerInstance = 1_000_001 }, "Concurrency:MinPerInstance" },
        { new() { LatencySlack = TimeSpan.Zero }, "Concurrency:LatencySlack" },
        { new() { LatencySlack = TimeSpan.FromHours(2) }, "Concurrency:LatencySlack" },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void ValueOutOfRange_IsAnError(ConcurrencyOptions options, string key) => Errors(options).Should().Equal(key);

    /// <summary>Whoever sets a small limit need not know of the least.</summary>
    [Fact]
    public void LimitBelowTheLeast_IsFine() => Errors(new ConcurrencyOptions { MaxPerInstance = 2 }).Should().BeEmpty();

    private static IEnumerable<string> Errors(ConcurrencyOptions options)
    {
        var errors = new OptionErrors();
        options.Validate("Concurrency", errors);
        return errors.All.Select(static error => error.Key);
    }
}
