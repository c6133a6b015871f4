using Microsoft.Extensions.Logging;

namespace Gateway.Core.Embedding;

/// <summary>Events of an embedded gateway's life.</summary>
internal static partial class EmbeddingLog
{
    [LoggerMessage(301, LogLevel.Information, "The application stops: the gateway is not ready from now on, and serves for {Delay}")]
    public static partial void Draining(ILogger logger, TimeSpan delay);

    [LoggerMessage(302, LogLevel.Information, "The changed configuration of the gateway is in force")]
    public static partial void InForce(ILogger logger);

    [LoggerMessage(303, LogLevel.Error, "The changed configuration of the gateway cannot be used, the one before stays: {Problem}")]
    public static partial void Refused(ILogger logger, string problem);
}
