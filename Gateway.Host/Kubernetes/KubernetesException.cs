namespace Gateway.Host.Kubernetes;

/// <summary>The Kubernetes API could not be asked, or did not answer as it should: why, for a log.</summary>
internal sealed class KubernetesException(string message) : Exception(message);
