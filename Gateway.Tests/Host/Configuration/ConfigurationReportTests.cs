using Gateway.Host.Configuration;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Configuration;

public sealed class ConfigurationReportTests
{
    private static readonly ConfigurationProblem One = new(new ValueOrigin(0, "a.json", 1, 2), "x");

    [Fact]
    public void Problems_ComeFirst_ThenWarnings_ThenTheirNumber() =>
        Written(new LoadedConfiguration("a.json, b.json", null, [One, One], [One])).Should().Be(
            "a.json:1:2: x\na.json:1:2: x\na.json:1:2: warning: x\na.json, b.json: 2 problems\n");

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

    private static string Written(LoadedConfiguration loaded)
    {
        using var stderr = new StringWriter { NewLine = "\n" };
        ConfigurationReport.Write(loaded, stderr);
        return stderr.ToString();
    }
}
