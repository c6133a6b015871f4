using Gateway.Host.Configuration;

namespace Gateway.Host.Commands;

/// <summary><c>gateway check</c>: validates everything and prints all problems.</summary>
internal static class CheckCommand
{
    /// <returns>The exit code: 0 when the configuration can be used, warnings or not; else 1.</returns>
    public static int Run(ConfigurationInputs inputs, TextWriter stdout, TextWriter stderr)
    {
        LoadedConfiguration loaded = ConfigurationLoader.Load(inputs);
        ConfigurationReport.Write(loaded, stderr);
        if (loaded.Configuration is null)
        {
            return 1;
        }

        stdout.WriteLine(ConfigurationReport.Summarize(loaded));
        return 0;
    }
}
