namespace Gateway.Host.Kubernetes;

/// <summary>Events of discovery by Kubernetes.</summary>
internal static partial class KubernetesLog
{
    [LoggerMessage(30, LogLevel.Warning, "Service {Service:l} has endpoints that are names, in slices of the type FQDN; they are left out")]
    public static partial void NamesLeftOut(ILogger logger, string service);
}
