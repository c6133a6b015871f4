using Gateway.Core.Authentication;
using Gateway.Host.Configuration;

namespace Gateway.Tests.Host.Configuration;

public sealed class OptionRangesTests
{
    private static readonly Dictionary<string, (string Min, string Max)> Ranges = OptionRanges.All();

    [Fact]
    public void Bounds_AreTheValidations()
    {
        Ranges["Gateway:Auth:CacheSize"].Should().Be(("1", $"{AuthOptions.MaxCacheSize}"));
        Ranges["Gateway:Auth:Jwt:ClockSkew"].Should().Be(("00:00:00", "00:10:00"));
        Ranges["Gateway:Services:x:Instances:0:Weight"].Should().Be(("1", "10000"));
        Ranges["Gateway:Services:x:HealthCheck:Rise"].Should().Be(("1", "100"));
        Ranges["Gateway:Routes:x:Split:Services:x"].Should().Be(("0", "1000000"));
        Ranges["Gateway:Routes:x:Mirror:Percent"].Should().Be(("0", "100"));
        Ranges["Gateway:RateLimits:x:Tiers:x:RefillPerSecond"].Should().Be(("1/86400 (one a day)", "10000000"));
        Ranges["Gateway:MaxConnections"].Should().Be(("1", "1000000"));
    }

    [Theory]
    [InlineData("12", 12.0)]
    [InlineData("0.5", 0.5)]
    [InlineData("1/4 (a quarter)", 0.25)]
    [InlineData("00:00:01", null)]
    public void Bound_IsANumberOrADuration(string bound, double? number) => OptionRanges.NumberOf(bound).Should().Be(number);
}
