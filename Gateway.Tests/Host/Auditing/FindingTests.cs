using Gateway.Core.Configuration;
using Gateway.Host.Auditing;

namespace Gateway.Tests.Host.Auditing;

public sealed class FindingTests
{
    [Fact]
    public void Line_HasPlaceSeverityAndId()
    {
        new PlacedFinding(FindingKind.UnusedLimit, new ValueOrigin(0, "a.json", 3, 4), "Gateway:X: a\nb").ToString().Should().Be("a.json:3:4: info GW1302: Gateway:X: a\\u000ab");
        new PlacedFinding(FindingKind.NoHealthCheck, default, "x").ToString().Should().Be("warning GW1201: x");
    }
}
