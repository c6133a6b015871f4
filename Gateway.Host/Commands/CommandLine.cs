using System.CommandLine;
using System.CommandLine.Parsing;
using Gateway.Core.Configuration;
using Gateway.Host.Auditing;
using Gateway.Host.Configuration;
using Gateway.Host.Demo;
using Gateway.Host.Explaining;

namespace Gateway.Host.Commands;

/// <summary>The binary's commands and their options. Exit codes: 0 fine, 1 bad configuration, 2 bad usage, 3 could not bind or start.</summary>
internal static class CommandLine
{
    public const int Fine = 0, BadConfiguration = 1, BadUsage = 2, CouldNotStart = 3;

    public static async Task<int> RunAsync(string[] args)
    {
        // 'run' is what is meant when no command is named.
        string[] words = args.Length == 0 || (args[0].StartsWith('-') && args[0] is not ("--help" or "-h" or "-?" or "--version"))
            ? ["run", .. args]
            : args;
        ParseResult parsed = Root().Parse(words);
        if (parsed.Errors.Count > 0)
        {
            // The last is the most particular: an unknown command is also a missing one.
            await Console.Error.WriteLineAsync($"gateway: {parsed.Errors[^1].Message}");
            await Console.Error.WriteLineAsync("gateway: 'gateway --help' lists the commands");
            return BadUsage;
        }

        try
        {
            // The commands take signals themselves; the library's own handling would end the process 2 s after the first.
            return await parsed.InvokeAsync(
                new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        }
        catch (Exception failure)
        {
            // A defect, or an output that cannot be written to: a sentence for the user, never a stack trace.
            await Console.Error.WriteLineAsync($"gateway: {failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")}");
            return CouldNotStart;
        }
    }

    private static RootCommand Root()
    {
        var root = new RootCommand("An API gateway: routing, authentication, limits, circuit breaking, balancing, proxying.");
        root.Subcommands.Add(Demo());
        root.Subcommands.Add(Run());
        root.Subcommands.Add(Check());
        root.Subcommands.Add(Explain());
        root.Subcommands.Add(Schema());
        return root;
    }

    private static Command Run()
    {
        (Option<string[]> files, Option<SetOption[]> sets) = ConfigurationOptions();
        var command = new Command("run", "Runs the gateway; the default command.") { files, sets };
        command.SetAction((parsed, _) => RunCommand.RunAsync(Inputs(parsed, files, sets)));
        return command;
    }

    private static Command Check()
    {
        (Option<string[]> files, Option<SetOption[]> sets) = ConfigurationOptions();
        var info = new Option<bool>("--info") { Description = "Tell also what is only worth knowing." };
        var failOn = new Option<FindingSeverity?>("--fail-on")
        {
            Description = "Return 1 for findings of this severity or a higher one: info or warning.",
            HelpName = "SEVERITY",
            CustomParser = ParseSeverity,
        };
        var json = new Option<bool>("--json") { Description = "Write problems and findings as JSON to standard output." };
        var list = new Option<bool>("--list") { Description = "List all kinds of findings with their ids, which Gateway:Audit:Ignore takes, and check nothing." };
        var command = new Command("check", "Validates the configuration, prints every problem with its place and what is unsafe, and runs the configuration's Tests.")
        {
            files, sets, info, failOn, json, list,
        };
        command.SetAction(parsed => parsed.GetValue(list) ? CheckCommand.List(Console.Out) : CheckCommand.Run(Inputs(parsed, files, sets), new CheckSettings
        {
            Least = parsed.GetValue(info) ? FindingSeverity.Info : FindingSeverity.Warning,
            FailOn = parsed.GetValue(failOn),
            Form = parsed.GetValue(json) ? OutputForm.Json : OutputForm.Text,
        }, Console.Out, Console.Error));
        return command;
    }

    private static Command Explain()
    {
        (Option<string[]> files, Option<SetOption[]> sets) = ConfigurationOptions();
        var method = new Option<string>("-X", "--request") { Description = "The request's method.", HelpName = "METHOD", DefaultValueFactory = static _ => "GET" };
        var headers = new Option<KeyValuePair<string, string>[]>("-H", "--header")
        {
            Description = "A header of the request, as in -H 'Accept: text/html'. May be given several times.",
            HelpName = "NAME: VALUE",
            CustomParser = static argument => ParseAll<KeyValuePair<string, string>>(argument, static text => ExplainRequest.ParseHeader(text) is { } header
                ? ([header], null)
                : ([], $"-H {ConfigurationProblem.Quote(text)} is not Name: value, as in -H 'Accept: text/html'")),
        };
        var json = new Option<bool>("--json") { Description = "Write JSON." };
        var url = new Argument<string>("URL") { Description = "A path, as in /api/products/42?page=2, or an http or https URL." };
        var command = new Command("explain", "Says which route a request takes and why, or why none does, and all that it goes by, each value with its origin. "
            + "Nothing is sent. Exit code 0 whatever the answer would be, 1 for a configuration with problems, 2 for what is no request.") { files, sets, method, headers, json, url };
        command.SetAction((parsed, _) => ExplainCommand.RunAsync(Inputs(parsed, files, sets), parsed.GetValue(method)!, parsed.GetValue(headers) ?? [],
            parsed.GetValue(url)!, parsed.GetValue(json) ? OutputForm.Json : OutputForm.Text, Console.Out, Console.Error));
        return command;
    }

    private static Command Schema()
    {
        var command = new Command("schema", "Prints the JSON Schema (draft-07) of a configuration file, from which editors complete it.");
        command.SetAction(static _ => Console.Out.Write(ConfigurationSchema.Text()));
        return command;
    }

    private static Command Demo()
    {
        var anyPorts = new Option<bool>("--any-ports") { Description = "Take free ports instead of 8000, 9100 and the services' own." };
        var command = new Command("demo", "Runs the gateway with the seven services of the specification and a gRPC echo behind it, and prints what to try.") { anyPorts };
        command.SetAction((parsed, _) => DemoCommand.RunAsync(parsed.GetValue(anyPorts) ? DemoPorts.Any : DemoPorts.OfTheSpec));
        return command;
    }

    private static (Option<string[]> Files, Option<SetOption[]> Sets) ConfigurationOptions()
    {
        var files = new Option<string[]>("--config", "-c")
        {
            Description = "A configuration file; later ones override earlier ones. Default: appsettings.json in the current folder.",
            HelpName = "FILE",
        };
        var sets = new Option<SetOption[]>("--set")
        {
            Description = "One value that overrides files and environment, as in --set Gateway:Auth:Timeout=00:00:01.",
            HelpName = "KEY:PATH=VALUE",
            CustomParser = ParseSets,
        };
        return (files, sets);
    }

    private static FindingSeverity? ParseSeverity(ArgumentResult argument)
    {
        string word = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        FindingKind? one = FindingKind.All.FirstOrDefault(kind => kind.Word == word);
        if (one is null)
        {
            argument.AddError($"--fail-on {ConfigurationProblem.Quote(word)} is neither info nor warning");
        }

        return one?.Severity;
    }

    private static SetOption[]? ParseSets(ArgumentResult argument) => ParseAll<SetOption>(argument, static text =>
        SetOption.Parse(text, out string? problem) is { } set ? ([set], null) : ([], problem));

    /// <summary>Reads each of an option's arguments; the first that cannot be read is bad usage, with its problem.</summary>
    private static T[]? ParseAll<T>(ArgumentResult argument, Func<string, (T[] Values, string? Problem)> parse)
    {
        var all = new List<T>();
        foreach (Token token in argument.Tokens)
        {
            (T[] values, string? problem) = parse(token.Value);
            if (values.Length == 0)
            {
                argument.AddError(problem!);
                return null;
            }

            all.AddRange(values);
        }

        return [.. all];
    }

    private static ConfigurationInputs Inputs(ParseResult parsed, Option<string[]> files, Option<SetOption[]> sets) =>
        new(parsed.GetValue(files) ?? [], ValueLayers.ProcessEnvironment(), parsed.GetValue(sets) ?? []);
}
