using System.Text.Json;
using Gateway.Host.Auditing;
using Gateway.Host.Commands;
using Gateway.Host.Configuration;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Commands;

public sealed class CheckCommandTests
{
    [Fact]
    public void ConfigurationWithoutProblems_Returns0_AndSumsUp() =>
        Run(ConfigurationFiles.ContractExample).Should().Be((0, "ok: 1 service, 1 route, 0 warnings\n", ""));

    [Fact]
    public void Warnings_Return0()
    {
        (int code, string output, string errors) = Run("""
            { "Gateway": { "Services": { "a": { "Instances": [ { "Url": "http://10.0.0.4:80" } ] } } } }
            """);

        (code, output).Should().Be((0, "ok: 1 service, 0 routes, 1 warning\n"));
        errors.Should().StartWith("gateway.json:1:35: warning GW1201: Gateway:Services:a: the service has no HealthCheck");
    }

    [Fact]
    public void Problems_Return1_AllOnStandardErrorWithTheirNumber() =>
        Run("""{ "Gateway": { "Auth": { "CacheSize": 0, "Cokie": "x" } } }""").Should().Be((1, "",
            "gateway.json:1:39: Gateway:Auth:CacheSize: 0 is out of range; allowed are 1 to 10000000\n"
            + "gateway.json:1:42: Gateway:Auth:Cokie: unknown key; did you mean 'Cookie'?\n"
            + "gateway.json: 2 problems\n"));

    [Fact]
    public void FailedTest_Returns1() =>
        Run("""{ "Gateway": { "Tests": [ { "Request": "GET /a", "Expect": { "Route": "a" } } ] } }""").Should().Be((1, "",
            "gateway.json:1:27: Gateway:Tests:0: 'GET /a' failed: expected route 'a', got none, since no route has its path\n"
            + "gateway.json: 1 problem\n"));

    [Fact]
    public void FailOn_MakesFindingsFailures_AndTellsThem()
    {
        Run(ConfigurationFiles.ContractExample, new CheckSettings { FailOn = FindingSeverity.Warning }).Code.Should().Be(0);
        (int code, string output, string errors) = Run(ConfigurationFiles.ContractExample, new CheckSettings { FailOn = FindingSeverity.Info });
        (code, output).Should().Be((1, ""));
        errors.Should().MatchRegex(@"^gateway\.json:\d+:\d+: info GW1302: Gateway:RateLimits:per-user: [^\n]+\n$");
    }

    [Fact]
    public void Info_IsToldWhenAskedFor() =>
        Run(ConfigurationFiles.ContractExample, new CheckSettings { Least = FindingSeverity.Info }).Should().Match<(int Code, string Output, string Errors)>(
            static result => result.Code == 0 && result.Output == "ok: 1 service, 1 route, 0 warnings\n" && result.Errors.Contains("info GW1302"));

    [Fact]
    public void IgnoredFinding_IsNoFinding() =>
        Run("""{ "Gateway": { "Audit": { "Ignore": [ "GW1201", "GW1301" ] }, "Services": { "a": { "Instances": [ { "Url": "http://10.0.0.4:80" } ] } } } }""",
            new CheckSettings { FailOn = FindingSeverity.Info }).Should().Be((0, "ok: 1 service, 0 routes, 0 warnings\n", ""));

    [Fact]
    public void Json_GoesToStandardOutput_WithTheSameExitCode()
    {
        (int code, string output, string errors) = Run(
            """{ "Gateway": { "Services": { "a": { "Instances": [ { "Url": "http://10.0.0.4:80" } ] } } } }""",
            new CheckSettings { Form = OutputForm.Json, FailOn = FindingSeverity.Warning });
        (code, errors).Should().Be((1, ""));
        using JsonDocument json = JsonDocument.Parse(output);
        json.RootElement.GetProperty("ok").GetBoolean().Should().BeTrue();
        json.RootElement.GetProperty("findings").EnumerateArray().Select(static finding => $"{finding.GetProperty("id")} {finding.GetProperty("severity")} {finding.GetProperty("column")}")
            .Should().Equal("GW1201 warning 35", "GW1301 info 35");
    }

    [Fact]
    public void List_NamesEveryKind()
    {
        using var stdout = new StringWriter { NewLine = "\n" };
        CheckCommand.List(stdout).Should().Be(0);
        stdout.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(FindingKind.All.Count)
            .And.Contain("GW1201  warning  A service has no health check");
    }

    [Fact]
    public void NoConfiguration_Returns1()
    {
        using var files = new ConfigurationFiles();

        Run(files.Inputs([])).Should().Be((1, "",
            "there is no configuration; give one with --config FILE, or start where there is an appsettings.json\n"
            + "configuration: 1 problem\n"));
    }

    private static (int Code, string Output, string Errors) Run(string json, CheckSettings? settings = null)
    {
        using var files = new ConfigurationFiles();
        return Run(files.Write("gateway.json", json).Inputs(["gateway.json"]), settings);
    }

    private static (int Code, string Output, string Errors) Run(ConfigurationInputs inputs, CheckSettings? settings = null)
    {
        using var stdout = new StringWriter { NewLine = "\n" };
        using var stderr = new StringWriter { NewLine = "\n" };
        int code = CheckCommand.Run(inputs, settings ?? new CheckSettings(), stdout, stderr);
        return (code, stdout.ToString(), stderr.ToString());
    }
}
