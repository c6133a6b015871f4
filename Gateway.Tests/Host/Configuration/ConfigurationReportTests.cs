using Gateway.Core.Configuration;
using Gateway.Host.Auditing;
using Gateway.Host.Configuration;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Configuration;

public sealed class ConfigurationReportTests
{
    private static readonly ConfigurationProblem One = new(new ValueOrigin(0, "a.json", 1, 2), "x");

    private static readonly PlacedFinding Warning = new(FindingKind.NoHealthCheck, One.Origin, "w");
    private static readonly PlacedFinding Info = new(FindingKind.UnusedLimit, One.Origin, "i");

    [Fact]
    public void Problems_ComeFirst_ThenWarnings_ThenTheirNumber() =>
        Written(new LoadedConfiguration("a.json, b.json", null, [One, One], [Info, Warning])).Should().Be(
            "a.json:1:2: x\na.json:1:2: x\na.json:1:2: warning GW1201: w\na.json, b.json: 2 problems\n");

    [Fact]
    public void WhatIsWorthKnowing_IsToldWhenAskedFor() =>
        Written(new LoadedConfiguration("a.json", null, [], [Info, Warning]), FindingSeverity.Info).Should().Be("a.json:1:2: info GW1302: i\na.json:1:2: warning GW1201: w\n");

    [Fact]
    public void OneProblem_IsCountedInTheSingular() =>
        Written(new LoadedConfiguration("a.json", null, [One], [])).Should().EndWith("a.json: 1 problem\n");

    [Fact]
    public void NoProblem_IsNotCounted() => Written(new LoadedConfiguration("a.json", null, [], [])).Should().BeEmpty();

    [Fact]
    public void Summary_CountsServicesRoutesAndWarnings() =>
        ConfigurationReport.Summarize(ConfigurationFiles.Load(ConfigurationFiles.ContractExample)).Should().Be("ok: 1 service, 1 route, 0 warnings");

    [Fact]
    public void SummaryOfProblems_IsADefect()
    {
        Action summarize = () => ConfigurationReport.Summarize(new LoadedConfiguration("a.json", null, [One], []));

        summarize.Should().Throw<ArgumentException>();
    }

    private static string Written(LoadedConfiguration loaded, FindingSeverity least = FindingSeverity.Warning)
    {
        using var stderr = new StringWriter { NewLine = "\n" };
        ConfigurationReport.Write(loaded, stderr, least);
        return stderr.ToString();
    }
}
