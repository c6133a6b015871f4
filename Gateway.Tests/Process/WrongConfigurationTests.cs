using System.Net;
using System.Net.Sockets;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Process;

/// <summary>What the binary says about a configuration that it cannot use: one sentence with its place, and nothing else.</summary>
public sealed class WrongConfigurationTests
{
    private const string Service = """ "Services": { "a": { "Instances": [ { "Url": "http://127.0.0.1:9" } ] } } """;

    [Theory]
    [InlineData("""{ "Gateway": { §"Auht": { } } }""", "Gateway:Auht: unknown key; did you mean 'Auth'?")]
    [InlineData("""{ "Gateway": { "Services": { "a": { "Instances": [ { "Url": §"ftp://x" } ] } } } }""",
        "Gateway:Services:a:Instances:0:Url: 'ftp://x' is not an instance's address; write scheme, host and port, as in 'http://10.0.0.4:8004'")]
    [InlineData("""{ "Gateway": { "Shutdown": { "DrainDelay": §"5s" } } }""",
        "Gateway:Shutdown:DrainDelay: '5s' is not a duration; write hh:mm:ss, as in \"00:00:05\"")]
    [InlineData("""{ "Gateway": { "Routes": { "r": { "Pattern": "/x", "Auth": "Anonymous", "Service": §"cart" } }, """ + Service + "} }",
        "Gateway:Routes:r:Service: there is no service 'cart'")]
    [InlineData("""{ "Gateway": { "Routes": { "r": { "Pattern": "/x", "Service": "a", "Auth": "Anonymous" }, "s": """
        + """{ "Pattern": §"/x", "Service": "a", "Auth": "Anonymous" } }, """ + Service + "} }",
        "Gateway:Routes:s:Pattern: the routes 'r' and 's' can never be told apart for any method: same host, same pattern '/x', same headers")]
    [InlineData("""{ "Gateway": { "RateLimits": { "p": { "Capacity": §-1, "RefillPerSecond": 1 } } } }""",
        "Gateway:RateLimits:p:Capacity: -1 is out of range; allowed are 1 to 1000000000")]
    [InlineData("""{ "Gateway": { } §"Kestrel": { } }""", "broken JSON: ")]
    public async Task EachMistake_IsOneSentenceWithItsPlaceAndExitCode1(string marked, string message)
    {
        using var files = new ConfigurationFiles();
        files.Write("gateway.json", marked.Replace("§", "", StringComparison.Ordinal));

        Task<(int Code, string Output, string Errors)> check = GatewayProcess.RunAsync(files.Root, "check", "--config", "gateway.json");
        (int code, string output, string errors) = await GatewayProcess.RunAsync(files.Root, "run", "--config", "gateway.json");

        (code, output).Should().Be((1, ""));
        string[] lines = errors.Split('\n');
        lines.Should().HaveCount(3).And.EndWith(["gateway.json: 1 problem", ""]);
        lines[0].Should().StartWith($"gateway.json:1:{marked.IndexOf('§', StringComparison.Ordinal) + 1}: {message}");
        (await check).Should().Be((1, "", errors), "run and check say the same");
    }

    [Fact]
    public async Task MissingFile_IsOneSentenceAndExitCode1()
    {
        using var files = new ConfigurationFiles();

        (await GatewayProcess.RunAsync(files.Root, "run", "--config", "nowhere.json"))
            .Should().Be((1, "", "nowhere.json: the file does not exist\nnowhere.json: 1 problem\n"));
    }

    [Fact]
    public async Task NoConfigurationAtAll_IsOneSentenceAndExitCode1()
    {
        using var files = new ConfigurationFiles();

        (await GatewayProcess.RunAsync(files.Root)).Should().Be((1, "",
            "there is no configuration; give one with --config FILE, or start where there is an appsettings.json\nconfiguration: 1 problem\n"));
    }

    [Fact]
    public async Task TwoMistakes_AreToldAtOnceInTheFilesOrder()
    {
        using var files = new ConfigurationFiles();
        files.Write("gateway.json", """{ "Gateway": { "Auht": { }, "Shutdown": { "DrainDelay": "soon" } } }""");

        (int code, _, string errors) = await GatewayProcess.RunAsync(files.Root, "-c", "gateway.json");

        code.Should().Be(1);
        errors.Should().MatchRegex("^gateway.json:1:16: [^\n]+\ngateway.json:1:57: [^\n]+\ngateway.json: 2 problems\n$");
    }

    [Fact]
    public async Task TakenPublicPort_IsOneSentenceWithItsPlaceAndExitCode3()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string url = $"http://{taken.LocalEndpoint}";
        using var files = new ConfigurationFiles();
        files.Write("gateway.json", $$$"""
            { "Kestrel": { "Endpoints": { "Public": { "Url": "{{{url}}}" } } },
              "Gateway": { "Admin": { "Url": "http://127.0.0.1:0" } } }
            """);

        (await GatewayProcess.RunAsync(files.Root, "run", "--config", "gateway.json")).Should().Be((3, "",
            $"gateway.json:1:50: Kestrel:Endpoints:Public:Url: could not start on {url}: Address already in use\n"));
    }

    [Fact]
    public async Task TakenAdminPort_IsOneSentenceWithItsPlaceAndExitCode3()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string url = $"http://{taken.LocalEndpoint}";
        using var files = new ConfigurationFiles();
        files.Write("gateway.json", """{ "Kestrel": { "Endpoints": { "Public": { "Url": "http://127.0.0.1:0" } } } }""");

        (await GatewayProcess.RunAsync(files.Root, "run", "-c", "gateway.json", "--set", $"Gateway:Admin:Url={url}")).Should().Be((3, "",
            $"--set Gateway:Admin:Url: Gateway:Admin:Url: could not start on {url}: Address already in use\n"));
    }
}
