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
        errors.Should().StartWith("gateway.json:1:35: warning: Gateway:Services:a: the service has no HealthCheck");
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
    public void NoConfiguration_Returns1()
    {
        using var files = new ConfigurationFiles();

        Run(files.Inputs([])).Should().Be((1, "",
            "there is no configuration; give one with --config FILE, or start where there is an appsettings.json\n"
            + "configuration: 1 problem\n"));
    }

    private static (int Code, string Output, string Errors) Run(string json)
    {
        using var files = new ConfigurationFiles();
        return Run(files.Write("gateway.json", json).Inputs(["gateway.json"]));
    }

    private static (int Code, string Output, string Errors) Run(ConfigurationInputs inputs)
    {
        using var stdout = new StringWriter { NewLine = "\n" };
        using var stderr = new StringWriter { NewLine = "\n" };
        int code = CheckCommand.Run(inputs, stdout, stderr);
        return (code, stdout.ToString(), stderr.ToString());
    }
}
