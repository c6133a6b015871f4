using Gateway.Core.Configuration;
using Gateway.Host.Auditing;

namespace Gateway.Host.Configuration;

/// <summary>How <c>check</c> and <c>run</c> tell about a configuration: the same lines from both.</summary>
internal static class ConfigurationReport
{
    /// <summary>One line for each problem and finding, problems first; then, if there are problems, how many.</summary>
    /// <param name="loaded">What to tell of.</param>
    /// <param name="stderr">Gets it.</param>
    /// <param name="least">Findings that matter less are left out.</param>
    public static void Write(LoadedConfiguration loaded, TextWriter stderr, FindingSeverity least = FindingSeverity.Warning)
    {
        foreach (ConfigurationProblem problem in loaded.Problems)
        {
            stderr.WriteLine(problem.ToString());
        }

        foreach (PlacedFinding finding in loaded.Findings.Where(finding => finding.Kind.Severity >= least))
        {
            stderr.WriteLine(finding.ToString());
        }

        if (loaded.Problems.Count > 0)
        {
            stderr.WriteLine($"{loaded.Name}: {Count(loaded.Problems.Count, "problem")}");
        }
    }

    /// <summary>What a configuration without problems holds, in one line.</summary>
    public static string Summarize(LoadedConfiguration loaded)
    {
        HostConfiguration configuration = loaded.Configuration ?? throw new ArgumentException("The configuration has problems.", nameof(loaded));
        return $"ok: {Count(configuration.Gateway.Services.Count, "service")}, {Count(configuration.Gateway.Routes.Count, "route")}, "
            + Count(loaded.Findings.Count(static finding => finding.Kind.Severity == FindingSeverity.Warning), "warning");
    }

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
