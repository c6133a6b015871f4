namespace Gateway.Host.Configuration;

/// <summary>How <c>check</c> and <c>run</c> tell about a configuration: the same lines from both.</summary>
internal static class ConfigurationReport
{
    /// <summary>One line for each problem and warning, problems first; then, if there are problems, how many.</summary>
    public static void Write(LoadedConfiguration loaded, TextWriter stderr)
    {
        foreach (ConfigurationProblem problem in loaded.Problems)
        {
            stderr.WriteLine(problem.ToString());
        }

        foreach (ConfigurationProblem warning in loaded.Warnings)
        {
            stderr.WriteLine(warning.ToWarning());
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
            + Count(loaded.Warnings.Count, "warning");
    }

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
