using Gateway.Core.Errors;
using Gateway.Core.Resilience;

namespace Gateway.Tests.Resilience;

public sealed class OutlierOptionsTests
{
    [Fact]
    public void Defaults_AreInRange() => Errors(new OutlierOptions()).Should().BeEmpty();

    [Fact]
    public void Zeros_SwitchOff() =>
        Errors(new OutlierOptions { ConsecutiveFailures = 0, FailurePercent = 0, MaxEjectedPercent = 0, SlowStart = TimeSpan.Zero }).Should().BeEmpty();

    public static TheoryData<OutlierOptions, string> OutOfRange() => new()
    {
        { new() { ConsecutiveFailures = -1 }, "Outliers:ConsecutiveFailures" },
        { new() { ConsecutiveFailures = 10_001 }, "Outliers:ConsecutiveFailures" },
        { new() { FailurePercent = 101 }, "Outliers:FailurePercent" },
        { new() { MinRequests = 0 }, "Outliers:MinRequests" },
        { new() { Window = TimeSpan.FromMilliseconds(9) }, "Outliers:Window" },
        { new() { SlowerThan = TimeSpan.Zero }, "Outliers:SlowerThan" },
        { new() { EjectionTime = TimeSpan.FromMilliseconds(9) }, "Outliers:EjectionTime" },
        { new() { MaxEjectionTime = TimeSpan.FromHours(2) }, "Outliers:MaxEjectionTime" },
        { new() { MaxEjectedPercent = 101 }, "Outliers:MaxEjectedPercent" },
        { new() { SlowStart = TimeSpan.FromTicks(-1) }, "Outliers:SlowStart" },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void ValueOutOfRange_IsAnError(OutlierOptions options, string key) => Errors(options).Should().Equal(key);

    private static IEnumerable<string> Errors(OutlierOptions options)
    {
        var errors = new OptionErrors();
        options.Validate("Outliers", errors);
        return errors.All.Select(static error => error.Key);
    }
}
