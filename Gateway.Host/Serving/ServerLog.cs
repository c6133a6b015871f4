namespace Gateway.Host.Serving;

/// <summary>Events of the server's life.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(1, LogLevel.Information, "Serving on {Public:l}, admin on {Admin:l}")]
    public static partial void Started(ILogger logger, string @public, string admin);

    [LoggerMessage(2, LogLevel.Information, "Leaving: not ready from now on, serving new connections for {Delay}")]
    public static partial void Draining(ILogger logger, TimeSpan delay);

    [LoggerMessage(3, LogLevel.Information, "Listener closed; {Active} requests have {Timeout} to finish")]
    public static partial void Closing(ILogger logger, int active, TimeSpan timeout);

    [LoggerMessage(4, LogLevel.Warning, "{Active} requests were broken off")]
    public static partial void BrokenOff(ILogger logger, int active);

    [LoggerMessage(5, LogLevel.Warning, "Closed a connection of the trusted proxy {Peer}: its PROXY header {Problem:l}")]
    public static partial void HeaderMissing(ILogger logger, System.Net.EndPoint? peer, string problem);

    [LoggerMessage(6, LogLevel.Information, "Closed a connection of {Peer}: with ProxyProtocol only TrustedProxies may connect")]
    public static partial void StrangerClosed(ILogger logger, System.Net.EndPoint? peer);

    [LoggerMessage(7, LogLevel.Information, "New connections cannot be handed over to another process on the port: {Problem:l}")]
    public static partial void NoHandOver(ILogger logger, string problem);
}
