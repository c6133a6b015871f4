using Gateway.Host.Commands;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Commands;

public sealed class CheckReportTests
{
    [Fact]
    public void Problem_HasItsPlace()
    {
        CheckReport report = CheckReport.Of(ConfigurationFiles.Load("""{ "Gateway": { "Auth": { "CacheSize": 0 } } }"""));
        report.Ok.Should().BeFalse();
        report.Problems.Should().Equal(new CheckEntry { Source = "gateway.json", Line = 1, Column = 39, Message = "Gateway:Auth:CacheSize: 0 is out of range; allowed are 1 to 10000000" });
        report.Findings.Should().BeEmpty();
    }

    [Fact]
    public void SourceWithoutLines_HasNone()
    {
        CheckReport report = CheckReport.Of(ConfigurationFiles.Load("""{ "Gateway": { } }""", "Gateway:Auth:CacheSize=0"));
        report.Problems.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Source = "--set Gateway:Auth:CacheSize", Line = (int?)null, Column = (int?)null });
        report.ToJson().Should().Contain("\"source\": \"--set Gateway:Auth:CacheSize\"").And.NotContain("\"line\"");
    }
}
