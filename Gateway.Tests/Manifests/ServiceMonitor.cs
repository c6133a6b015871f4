extern alias Manifests;
using Manifests::k8s;
using Manifests::k8s.Models;

namespace Gateway.Tests.Manifests;

/// <summary>The Prometheus operator's list of what to scrape, as far as ours goes.</summary>
internal sealed class ServiceMonitor : IKubernetesObject<V1ObjectMeta>
{
    public required string ApiVersion { get; set; }

    public required string Kind { get; set; }

    public required V1ObjectMeta Metadata { get; set; }

    public required ServiceMonitorSpec Spec { get; set; }
}

internal sealed class ServiceMonitorSpec
{
    public string? JobLabel { get; set; }

    public required V1LabelSelector Selector { get; set; }

    public required IList<MonitoredEndpoint> Endpoints { get; set; }
}

internal sealed class MonitoredEndpoint
{
    public required string Port { get; set; }

    public required string Path { get; set; }

    public required string Interval { get; set; }

    public required string ScrapeTimeout { get; set; }

    public bool HonorLabels { get; set; }
}
