using Gateway.Core.Errors;
using Gateway.Core.RateLimiting;

namespace Gateway.Tests.RateLimiting;

public sealed class RateLimitOptionsTests
{
    [Theory]
    [InlineData(1, 1.0 / 86_400)]
    [InlineData(1_000_000_000, 10_000_000)]
    [InlineData(200, 0.5)]
    public void AllowedSize_IsNoError(long capacity, double refill) =>
        ErrorsOf(new() { Capacity = capacity, RefillPerSecond = refill }).Should().BeEmpty();

    [Theory]
    [InlineData(0, 1, "P:Capacity")]
    [InlineData(-1, 1, "P:Capacity")]
    [InlineData(1_000_000_001, 1, "P:Capacity")]
    [InlineData(1, 0, "P:RefillPerSecond")]
    [InlineData(1, -1, "P:RefillPerSecond")]
    [InlineData(1, 0.00001, "P:RefillPerSecond")]
    [InlineData(1, 10_000_001, "P:RefillPerSecond")]
    [InlineData(1, double.NaN, "P:RefillPerSecond")]
    public void SizeOutOfRange_IsAnError(long capacity, double refill, string key) =>
        ErrorsOf(new() { Capacity = capacity, RefillPerSecond = refill }).Should().ContainSingle().Which.Key.Should().Be(key);

    [Fact]
    public void TierOutOfRange_IsAnErrorAtTheTier() =>
        ErrorsOf(new() { Key = RateLimitKeyKind.User, Capacity = 1, RefillPerSecond = 1, Tiers = Gold(capacity: 0) })
            .Should().ContainSingle().Which.Key.Should().Be("P:Tiers:gold:Capacity");

    [Theory]
    [InlineData(RateLimitKeyKind.Ip, 1)]
    [InlineData(RateLimitKeyKind.ApiKey, 1)]
    [InlineData(RateLimitKeyKind.User, 0)]
    [InlineData(RateLimitKeyKind.UserOrIp, 0)]
    public void Tiers_NeedAUserAsKey(RateLimitKeyKind kind, int errors) =>
        ErrorsOf(new() { Key = kind, Capacity = 1, RefillPerSecond = 1, Tiers = Gold(capacity: 1) }).Should().HaveCount(errors);

    [Theory]
    [InlineData(99, 1)]
    [InlineData(100, 0)]
    [InlineData(100_000_000, 0)]
    [InlineData(100_000_001, 1)]
    public void MaxKeys_HasBounds(int keys, int count)
    {
        var errors = new OptionErrors();
        new RateLimitStoreOptions { MaxKeys = keys }.Validate("S", errors);
        errors.All.Should().HaveCount(count);
    }

    private static Dictionary<string, RateLimitTierOptions> Gold(long capacity) => new() { ["gold"] = new() { Capacity = capacity, RefillPerSecond = 1 } };

    private static IReadOnlyList<OptionError> ErrorsOf(RateLimitPolicyOptions policy)
    {
        var errors = new OptionErrors();
        policy.Validate("P", errors);
        return errors.All;
    }
}
