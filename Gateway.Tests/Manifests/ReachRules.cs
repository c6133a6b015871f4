extern alias Manifests;
using System.Text.RegularExpressions;
using Manifests::k8s;
using Manifests::k8s.Models;
using static Gateway.Tests.Manifests.ManifestSet;

namespace Gateway.Tests.Manifests;

/// <summary>What kube-score and kube-linter check of who reaches what, and of all objects.</summary>
internal static partial class ReachRules
{
    public static readonly ManifestRule[] All =
    [
        Isolated("pod-networkpolicy-ingress", "who may call a pod is said", "Ingress"),
        Isolated("pod-networkpolicy-egress", "whom a pod may call is said", "Egress"),
        ManifestRule.Of<V1NetworkPolicy>("networkpolicy-targets-pod", "a network policy is some pods'",
            static (policy, set) => set.Deployments.Any(deployment => Selects(policy.Spec.PodSelector.MatchLabels, deployment.Spec.Template.Metadata.Labels)),
            static policy => policy.Spec.PodSelector.MatchLabels["app"] = "other"),
        ManifestRule.Of<V1NetworkPolicy>("networkpolicy-ports", "it lets in where a container listens",
            static (policy, set) => Each(policy.Spec.Ingress).SelectMany(static rule => Each(rule.Ports)).All(port => set.Deployments
                .Where(deployment => Selects(policy.Spec.PodSelector.MatchLabels, deployment.Spec.Template.Metadata.Labels))
                .Any(deployment => Ports(deployment).Any(declared => $"{declared.ContainerPort}" == port.Port.Value))),
            static policy => policy.Spec.Ingress[0].Ports[0].Port = 81),
        ManifestRule.Of<V1Service>("dangling-service", "a service leads to pods",
            static (service, set) => Targets(service, set).Any(), static service => service.Spec.Selector["app"] = "other"),
        ManifestRule.Of<V1Service>("invalid-target-ports", "and to a port that they declare",
            static (service, set) => Each(service.Spec.Ports).All(port => Targets(service, set).All(deployment =>
                Ports(deployment).Any(declared => declared.Name == port.TargetPort?.Value || $"{declared.ContainerPort}" == port.TargetPort?.Value))),
            static service => service.Spec.Ports[0].TargetPort = "elsewhere"),
        ManifestRule.Of<V1Service>("service-type", "it is reached from within; what stands before it is the cluster's",
            static (service, _) => service.Spec.Type == "ClusterIP", static service => service.Spec.Type = "NodePort"),
        ManifestRule.Of<ServiceMonitor>("dangling-servicemonitor", "a service that is scraped is applied too, and has the port",
            static (monitor, set) => monitor.Spec.Endpoints.All(endpoint => set.Of<V1Service>()
                .Any(service => Selects(monitor.Spec.Selector.MatchLabels, service.Metadata.Labels) && service.Spec.Ports.Any(port => port.Name == endpoint.Port))),
            static monitor => monitor.Spec.Endpoints[0].Port = "elsewhere"),
        ManifestRule.Of<V1Role>("wildcard-in-rules", "rights are told by name",
            static (role, _) => role.Rules.All(static rule => !rule.Verbs.Concat(rule.Resources).Concat(rule.ApiGroups).Contains("*")),
            static role => role.Rules[0].Verbs = ["*"]),
        ManifestRule.Of<V1Role>("access-to-secrets", "nobody reads secrets through the API",
            static (role, _) => role.Rules.All(static rule => !rule.Resources.Contains("secrets")), static role => role.Rules[0].Resources.Add("secrets")),
        ManifestRule.Of<V1Role>("read-only-role", "nobody changes anything through the API",
            static (role, _) => role.Rules.All(static rule => rule.Verbs.All(static verb => verb is "get" or "list" or "watch")),
            static role => role.Rules[0].Verbs.Add("patch")),
        ManifestRule.Of<V1RoleBinding>("dangling-rolebinding", "a binding's role and account are applied too",
            static (binding, set) => set.Of<V1Role>().Any(role => role.Metadata.Name == binding.RoleRef.Name)
                && binding.Subjects.All(subject => set.Of<V1ServiceAccount>().Any(account => account.Metadata.Name == subject.Name)),
            static binding => binding.RoleRef.Name = "nobody"),
        ManifestRule.Of<IKubernetesObject<V1ObjectMeta>>("stable-version", "a cluster may drop what is alpha or beta",
            static (one, _) => !UnstableVersion().IsMatch(one.ApiVersion), static one => one.ApiVersion = "apps/v1beta1"),
        ManifestRule.Of<IKubernetesObject<V1ObjectMeta>>("label-values", "labels are there, and the API server takes them",
            static (one, _) => one.Metadata.Labels is { Count: > 0 } labels && labels.Values.All(static value => LabelValue().IsMatch(value)),
            static one => one.Metadata.Labels["app"] = "not a label"),
        ManifestRule.Of<IKubernetesObject<V1ObjectMeta>>("use-namespace", "an overlay says where: no object does by itself",
            static (one, _) => one.Metadata.NamespaceProperty is null, static one => one.Metadata.NamespaceProperty = "default"),
    ];

    private static ManifestRule Isolated(string name, string says, string direction) => ManifestRule.Of<V1Deployment>(name, says,
        (deployment, set) => set.Of<V1NetworkPolicy>().Any(policy =>
            Selects(policy.Spec.PodSelector.MatchLabels, deployment.Spec.Template.Metadata.Labels) && policy.Spec.PolicyTypes.Contains(direction)),
        static deployment => deployment.Spec.Template.Metadata.Labels["app"] = "other");

    private static IEnumerable<V1Deployment> Targets(V1Service service, ManifestSet set) =>
        set.Deployments.Where(deployment => Selects(service.Spec.Selector, deployment.Spec.Template.Metadata.Labels));

    private static IEnumerable<V1ContainerPort> Ports(V1Deployment deployment) =>
        deployment.Spec.Template.Spec.Containers.SelectMany(static container => container.Ports);

    [GeneratedRegex("(alpha|beta)[0-9]+$")]
    private static partial Regex UnstableVersion();

    [GeneratedRegex("^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$")]
    private static partial Regex LabelValue();
}
