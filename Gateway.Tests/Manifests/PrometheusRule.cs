extern alias Manifests;
using Manifests::k8s;
using Manifests::k8s.Models;

namespace Gateway.Tests.Manifests;

/// <summary>The Prometheus operator's rules, as far as ours go: whatever else stands in the file is an error.</summary>
internal sealed class PrometheusRule : IKubernetesObject<V1ObjectMeta>
{
    public required string ApiVersion { get; set; }

    public required string Kind { get; set; }

    public required V1ObjectMeta Metadata { get; set; }

    public required RuleGroups Spec { get; set; }

    public IEnumerable<AlertRule> Rules => Spec.Groups.SelectMany(static group => group.Rules);

    public IEnumerable<AlertRule> Alerts => Rules.Where(static rule => rule.Alert is not null);
}

/// <summary>Also what a rule file of Prometheus holds.</summary>
internal sealed class RuleGroups
{
    public required IList<RuleGroup> Groups { get; set; }
}

internal sealed class RuleGroup
{
    public required string Name { get; set; }

    public required IList<AlertRule> Rules { get; set; }
}

/// <summary>One that alerts, or one that records.</summary>
internal sealed class AlertRule
{
    public string? Alert { get; set; }

    public string? Record { get; set; }

    public required string Expr { get; set; }

    public string? For { get; set; }

    public IDictionary<string, string>? Labels { get; set; }

    public IDictionary<string, string>? Annotations { get; set; }
}
