using Gateway.Core.Errors;
using Gateway.Core.Resilience;

namespace Gateway.Tests.Resilience;

public sealed class RetryOptionsTests
{
    [Fact]
    public void Defaults_AreTheContracts()
    {
        var options = new RetryOptions();
        (options.MaxAttempts, options.BudgetPercent, options.MinConcurrent, options.MaxBodyBytes).Should().Be((2, 20, 3, 65_536));
        Errors(options).Should().BeEmpty();
    }

    public static TheoryData<RetryOptions, string> OutOfRange() => new()
    {
        { new() { MaxAttempts = 0 }, "Retry:MaxAttempts" },
        { new() { MaxAttempts = 11 }, "Retry:MaxAttempts" },
        { new() { BudgetPercent = -1 }, "Retry:BudgetPercent" },
        { new() { BudgetPercent = 101 }, "Retry:BudgetPercent" },
        { new() { MinConcurrent = -1 }, "Retry:MinConcurrent" },
        { new() { MinConcurrent = 10_001 }, "Retry:MinConcurrent" },
        { new() { BaseBackoff = TimeSpan.FromTicks(-1) }, "Retry:BaseBackoff" },
        { new() { MaximumBackoff = TimeSpan.FromSeconds(61) }, "Retry:MaximumBackoff" },
        { new() { MaxBodyBytes = -1 }, "Retry:MaxBodyBytes" },
        { new() { MaxBodyBytes = 1_048_577 }, "Retry:MaxBodyBytes" },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void ValueOutOfRange_IsAnError(RetryOptions options, string key) => Errors(options).Should().Equal(key);

    [Theory]
    [InlineData(1, 0.0, 0)]
    [InlineData(1, 0.5, 12.5)]
    [InlineData(1, 1.0, 25)]
    [InlineData(2, 1.0, 50)]
    [InlineData(4, 1.0, 200)]
    [InlineData(5, 1.0, 250)]
    [InlineData(9, 0.5, 125)]
    public void Backoff_IsDrawnFromARangeThatDoublesUpToTheMost(int retry, double random, double milliseconds) =>
        new RetryOptions().BackoffOf(retry, random).TotalMilliseconds.Should().Be(milliseconds);

    private static IEnumerable<string> Errors(RetryOptions options)
    {
        var errors = new OptionErrors();
        options.Validate("Retry", errors);
        return errors.All.Select(static error => error.Key);
    }
}
