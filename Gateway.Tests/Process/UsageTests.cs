using Gateway.Tests.Kit;

namespace Gateway.Tests.Process;

/// <summary>The binary's words and exit codes.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("nonsense", "Unrecognized command or argument 'nonsense'.")]
    [InlineData("run --nonsense", "Unrecognized command or argument '--nonsense'.")]
    [InlineData("--nonsense", "Unrecognized command or argument '--nonsense'.")]
    [InlineData("check stray", "Unrecognized command or argument 'stray'.")]
    [InlineData("run --config", "Required argument missing for option: '--config'.")]
    [InlineData("check --fail-on nonsense", "--fail-on 'nonsense' is neither info nor warning")]
    [InlineData("explain", "Required argument missing for command: 'explain'.")]
    [InlineData("explain /a -H nonsense", "-H 'nonsense' is not Name: value, as in -H 'Accept: text/html'")]
    [InlineData("run --set nonsense", "--set 'nonsense' is not Key:Path=value, as in --set Gateway:Auth:Timeout=00:00:05")]
    public async Task BadUsage_IsOneSentenceAndExitCode2(string arguments, string sentence)
    {
        using var files = new ConfigurationFiles();

        (await GatewayProcess.RunAsync(files.Root, arguments.Split(' ')))
            .Should().Be((2, "", $"gateway: {sentence}\ngateway: 'gateway --help' lists the commands\n"));
    }

    [Fact]
    public async Task Help_ListsTheCommandsAndReturns0()
    {
        using var files = new ConfigurationFiles();

        (int code, string output, string errors) = await GatewayProcess.RunAsync(files.Root, "--help");

        (code, errors).Should().Be((0, ""));
        output.Should().MatchRegex("\n  demo +").And.MatchRegex("\n  run +").And.MatchRegex("\n  check +").And.MatchRegex("\n  explain +").And.MatchRegex("\n  schema +");
    }

    [Fact]
    public async Task HelpOfACommand_NamesItsOptionsAndReturns0()
    {
        using var files = new ConfigurationFiles();

        (int code, string output, string errors) = await GatewayProcess.RunAsync(files.Root, "run", "--help");

        (code, errors).Should().Be((0, ""));
        output.Should().Contain("--config <FILE>").And.Contain("--set <KEY:PATH=VALUE>");
    }

    [Fact]
    public async Task Version_IsANumberAndReturns0()
    {
        using var files = new ConfigurationFiles();

        (int code, string output, string errors) = await GatewayProcess.RunAsync(files.Root, "--version");

        (code, errors).Should().Be((0, ""));
        output.Should().MatchRegex(@"^\d+\.\d+\.\d+[^\n ]*\n$");
    }

    [Fact]
    public async Task CheckOfAGoodFile_SumsUpAndReturns0()
    {
        using var files = new ConfigurationFiles();
        files.Write("gateway.json", ConfigurationFiles.ContractExample);

        (await GatewayProcess.RunAsync(files.Root, "check", "--config", "gateway.json"))
            .Should().Be((0, "ok: 1 service, 1 route, 0 warnings\n", ""));
    }

    [Fact]
    public async Task OutputThatTakesNothing_IsOneSentenceAndNoStackTrace()
    {
        using var files = new ConfigurationFiles();
        files.Write("gateway.json", ConfigurationFiles.ContractExample);
        await using GatewayProcess gateway = GatewayProcess.StartRedirected(files.Root, ">/dev/full", "check", "-c", "gateway.json");

        (int code, _, string errors) = await gateway.EndAsync();

        code.Should().Be(3);
        errors.Should().Be("gateway: IOException: No space left on device\n");
    }
}
