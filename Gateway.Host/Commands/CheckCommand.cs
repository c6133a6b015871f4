using Gateway.Host.Auditing;
using Gateway.Host.Configuration;

namespace Gateway.Host.Commands;

/// <summary>What <c>check</c> is asked for.</summary>
internal sealed record CheckSettings
{
    /// <summary>Findings that matter less are not told. Default warnings.</summary>
    public FindingSeverity Least { get; init; } = FindingSeverity.Warning;

    /// <summary>A finding that matters so much is a failure. Null (default): none is.</summary>
    public FindingSeverity? FailOn { get; init; }

    public OutputForm Form { get; init; }
}

/// <summary><c>gateway check</c>: validates everything, prints all problems, and what an audit found.</summary>
internal static class CheckCommand
{
    /// <returns>The exit code: 0 when the configuration can be used, and nothing is as bad as <see cref="CheckSettings.FailOn"/>; else 1.</returns>
    public static int Run(ConfigurationInputs inputs, CheckSettings settings, TextWriter stdout, TextWriter stderr)
    {
        LoadedConfiguration loaded = ConfigurationLoader.Load(inputs);
        FindingSeverity least = settings.FailOn < settings.Least ? settings.FailOn.Value : settings.Least;
        if (settings.Form == OutputForm.Json)
        {
            stdout.WriteLine(CheckReport.Of(loaded).ToJson());
        }
        else
        {
            ConfigurationReport.Write(loaded, stderr, least);
        }

        if (loaded.Configuration is null || loaded.Findings.Any(finding => finding.Kind.Severity >= settings.FailOn))
        {
            return CommandLine.BadConfiguration;
        }

        if (settings.Form == OutputForm.Text)
        {
            stdout.WriteLine(ConfigurationReport.Summarize(loaded));
        }

        return CommandLine.Fine;
    }

    /// <summary><c>check --list</c>: all kinds of findings, one a line.</summary>
    public static int List(TextWriter stdout)
    {
        foreach (FindingKind kind in FindingKind.All)
        {
            stdout.WriteLine($"{kind.Id}  {kind.Word,-7}  {kind.Title}");
        }

        return CommandLine.Fine;
    }
}
