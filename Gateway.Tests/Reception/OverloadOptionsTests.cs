using Gateway.Core;
using Gateway.Core.Reception;

namespace Gateway.Tests.Reception;

public sealed class OverloadOptionsTests
{
    [Fact]
    public void Defaults_AreInRange() => Errors(new OverloadOptions()).Should().BeEmpty();

    [Fact]
    public void WithoutATarget_IsFine() => Errors(new OverloadOptions { TargetDelay = null }).Should().BeEmpty();

    public static TheoryData<OverloadOptions, string> OutOfRange() => new()
    {
        { new() { MaxRequests = 0 }, "Gateway:Overload:MaxRequests" },
        { new() { MaxRequests = 1_000_001 }, "Gateway:Overload:MaxRequests" },
        { new() { TargetDelay = TimeSpan.FromMilliseconds(4.9) }, "Gateway:Overload:TargetDelay" },
        { new() { TargetDelay = TimeSpan.FromMinutes(1.1) }, "Gateway:Overload:TargetDelay" },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void ValueOutOfRange_IsAnError(OverloadOptions options, string key) => Errors(options).Should().Equal(key);

    private static IEnumerable<string> Errors(OverloadOptions options) => new GatewayOptions { Overload = options }.Validate()
        .Select(static error => error.Key).Where(static key => key.Contains("Overload", StringComparison.Ordinal));
}
