using Gateway.Host.Auditing;
using Gateway.Host.Configuration;
using Gateway.Host.Demo;
using Gateway.Tests.House;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Auditing;

public sealed class ConfigurationAuditTests
{
    private const string Wanting = """
        { "Gateway": { "Audit": { "Ignore": [ {0} ] }, "Services": { "a": { "Instances": [ { "Url": "http://10.0.0.1:80" } ] } },
          "Routes": { "r": { "Pattern": "/r", "Service": "a", "Auth": "Anonymous" } } } }
        """;

    [Theory]
    [InlineData("", "GW1201,GW1101")]
    [InlineData("\"GW1201\"", "GW1101")]
    [InlineData("\"GW1201\", \"GW1101\"", "")]
    public void Ignored_AreNotTold(string ignore, string told) =>
        string.Join(',', ConfigurationFiles.Load(Wanting.Replace("{0}", ignore, StringComparison.Ordinal)).Findings.Select(static finding => finding.Kind.Id)).Should().Be(told);

    [Fact]
    public void Findings_StandInTheFilesOrder() =>
        ConfigurationFiles.Load(Wanting.Replace("{0}", "", StringComparison.Ordinal)).Findings.Should().BeInAscendingOrder(static finding => finding.Origin);

    /// <summary>What the demo does is meant, and none of it is unsafe there.</summary>
    [Fact]
    public void Demo_HasNoWarnings()
    {
        LoadedConfiguration loaded = ConfigurationFiles.Load(DemoConfiguration.Json);
        loaded.Findings.Where(static finding => finding.Kind.Severity == FindingSeverity.Warning).Should().BeEmpty();
        loaded.Findings.Select(static finding => finding.Kind.Id).Should().Equal("GW1204", "GW1104");
    }

    [Fact]
    public void EveryKind_HasItsTest()
    {
        string tests = string.Concat(Repository.Sources("Gateway.Tests").Where(static file => file.EndsWith("AuditTests.cs")).Select(Repository.Read));
        FindingKind.All.Where(kind => !tests.Contains($"\"{kind.Id}\"")).Should().BeEmpty();
    }
}
