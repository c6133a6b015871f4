using Gateway.Core.Errors;
using Gateway.Core.Resilience;

namespace Gateway.Tests.Resilience;

public sealed class CircuitBreakerOptionsTests
{
    [Fact]
    public void Defaults_AreValid() => KeysOf(new()).Should().BeEmpty();

    [Theory]
    [InlineData(1, 0.01, 1)]
    [InlineData(10_000, 3_600, 1_000)]
    public void Bounds_AreInclusive(int threshold, double seconds, int probes) =>
        KeysOf(new() { FailureThreshold = threshold, Timeout = TimeSpan.FromSeconds(seconds), HalfOpenRequests = probes }).Should().BeEmpty();

    [Theory]
    [InlineData(0, 0.009, 0)]
    [InlineData(10_001, 3_601, 1_001)]
    public void EveryValueOutOfRange_IsReported(int threshold, double seconds, int probes) =>
        KeysOf(new() { FailureThreshold = threshold, Timeout = TimeSpan.FromSeconds(seconds), HalfOpenRequests = probes })
            .Should().Equal("B:FailureThreshold", "B:Timeout", "B:HalfOpenRequests");

    private static IEnumerable<string> KeysOf(CircuitBreakerOptions options)
    {
        var errors = new OptionErrors();
        options.Validate("B", errors);
        return errors.All.Select(error => error.Key);
    }
}
