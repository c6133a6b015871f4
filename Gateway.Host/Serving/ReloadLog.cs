namespace Gateway.Host.Serving;

/// <summary>Events of configurations that change.</summary>
internal static partial class ReloadLog
{
    [LoggerMessage(20, LogLevel.Information, "Configuration {Name:l} is in force, generation {Generation}")]
    public static partial void InForce(ILogger logger, string name, int generation);

    [LoggerMessage(21, LogLevel.Error, "Configuration {Name:l} is refused, generation {Generation} stays in force: {Problem:l}")]
    public static partial void Refused(ILogger logger, string name, int generation, string problem);

    [LoggerMessage(22, LogLevel.Warning, "{Key:l} has changed; that takes effect at the next start")]
    public static partial void NeedsRestart(ILogger logger, string key);
}
