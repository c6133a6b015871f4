extern alias Manifests;
using Manifests::k8s.Models;
using static Gateway.Tests.Manifests.ManifestSet;

namespace Gateway.Tests.Manifests;

/// <summary>What kube-score and kube-linter check by default of pods, and of what keeps enough of them.</summary>
internal static class PodRules
{
    private const string Host = "kubernetes.io/hostname";

    /// <summary>One pod cannot be apart from itself, and kube-score asks none of this of it.</summary>
    private static bool IsAlone(V1Deployment deployment) => deployment.Spec.Replicas == 1;

    private static bool HasToken(V1PodSpec pod) =>
        Each(pod.Volumes).SelectMany(static volume => Each(volume.Projected?.Sources)).Any(static source => source.ServiceAccountToken is not null);

    public static readonly ManifestRule[] All =
    [
        ManifestRule.OfPods("host-network", "the network is the pod's own", static pod => pod.HostNetwork != true, static pod => pod.HostNetwork = true),
        ManifestRule.OfPods("host-pid", "processes are the pod's own", static pod => pod.HostPID != true, static pod => pod.HostPID = true),
        ManifestRule.OfPods("host-ipc", "memory is the pod's own", static pod => pod.HostIPC != true, static pod => pod.HostIPC = true),
        ManifestRule.OfPods("sensitive-host-mounts", "no file of the node is mounted, the runtime's socket included",
            static pod => Each(pod.Volumes).All(static volume => volume.HostPath is null),
            static pod => pod.Volumes.Add(new V1Volume { Name = "docker", HostPath = new V1HostPathVolumeSource { Path = "/var/run/docker.sock" } })),
        ManifestRule.OfPods("unsafe-sysctls", "the kernel is left as it is",
            static pod => pod.SecurityContext?.Sysctls is not { Count: > 0 },
            static pod => pod.SecurityContext.Sysctls = [new V1Sysctl { Name = "kernel.msgmax", Value = "1" }]),
        ManifestRule.OfPods("deprecated-service-account-field", "serviceAccountName is its name now",
            static pod => pod.ServiceAccount is null, static pod => pod.ServiceAccount = "api-gateway"),
        ManifestRule.OfPods("volume-mounts-exist", "what is mounted is a volume of the pod",
            static pod => pod.Containers.SelectMany(static container => Each(container.VolumeMounts))
                .All(mount => Each(pod.Volumes).Any(volume => volume.Name == mount.Name)),
            static pod => pod.Volumes[0].Name = "renamed"),
        ManifestRule.Of<V1Deployment>("non-existent-service-account", "the account that is named is applied too",
            static (deployment, set) => deployment.Spec.Template.Spec.ServiceAccountName is not { } account
                || set.Of<V1ServiceAccount>().Any(one => one.Metadata.Name == account),
            static deployment => deployment.Spec.Template.Spec.ServiceAccountName = "nobody"),
        ManifestRule.OfPods("automount-service-account-token", "a token is mounted where it is told, for as long as it is told, or not at all",
            static pod => pod.AutomountServiceAccountToken == false, static pod => pod.AutomountServiceAccountToken = null),
        ManifestRule.Of<V1Deployment>("account-token", "who may ask the API server has a token for it, and nobody else",
            static (deployment, set) => HasToken(deployment.Spec.Template.Spec) == set.Of<V1RoleBinding>().Any(binding => Each(binding.Subjects)
                .Any(subject => subject.Name == deployment.Spec.Template.Spec.ServiceAccountName)),
            static _ => { }) with { Break = static set => set.Gateway.Spec.Template.Spec.ServiceAccountName = "nobody" },
        ManifestRule.Of<V1Deployment>("mismatching-selector", "a deployment selects its own pods",
            static (deployment, _) => Selects(deployment.Spec.Selector.MatchLabels, deployment.Spec.Template.Metadata.Labels),
            static deployment => deployment.Spec.Template.Metadata.Labels["app"] = "other"),
        ManifestRule.Of<V1Deployment>("no-anti-affinity", "pods keep off the node of another of theirs",
            static (deployment, _) => IsAlone(deployment) || Each(deployment.Spec.Template.Spec.Affinity?.PodAntiAffinity?.PreferredDuringSchedulingIgnoredDuringExecution)
                .Any(term => term.PodAffinityTerm.TopologyKey == Host
                    && Selects(term.PodAffinityTerm.LabelSelector.MatchLabels, deployment.Spec.Template.Metadata.Labels)),
            static deployment => deployment.Spec.Template.Spec.Affinity = null),
        ManifestRule.Of<V1Deployment>("pod-topology-spread-constraints", "pods spread over zones, counted by their own labels",
            static (deployment, _) => IsAlone(deployment) || (deployment.Spec.Template.Spec.TopologySpreadConstraints is { Count: > 0 } spread
                && spread.All(one => one is { MaxSkew: > 0, WhenUnsatisfiable: "ScheduleAnyway" }
                    && Selects(one.LabelSelector?.MatchLabels, deployment.Spec.Template.Metadata.Labels))),
            static deployment => deployment.Spec.Template.Spec.TopologySpreadConstraints[0].LabelSelector = null),
        ManifestRule.Of<V1Deployment>("deployment-replicas", "one that leaves is not all",
            static (deployment, set) => Scaler(deployment, set) is not null || deployment.Spec.Replicas >= 2 || IsExcused(deployment),
            static _ => { }) with { Break = static set => ScaleTo(1, set) },
        ManifestRule.Of<V1Deployment>("no-rolling-update-strategy", "new pods are ready before old ones go",
            static (deployment, _) => IsAlone(deployment)
                || deployment.Spec.Strategy is { Type: "RollingUpdate", RollingUpdate: { MaxUnavailable: { Value: "0" }, MaxSurge: not null } },
            static deployment => deployment.Spec.Strategy.Type = "Recreate"),
        ManifestRule.Of<V1Deployment>("deployment-has-poddisruptionbudget", "nodes are not drained of all pods at once",
            static (deployment, set) => IsAlone(deployment) || set.Of<V1PodDisruptionBudget>().Any(budget =>
                Selects(budget.Spec.Selector?.MatchLabels, deployment.Spec.Template.Metadata.Labels)),
            static deployment => deployment.Spec.Template.Metadata.Labels["app"] = "other"),
        ManifestRule.Of<V1PodDisruptionBudget>("poddisruptionbudget-has-policy", "a budget says how many, and lets at least one go",
            static (budget, _) => budget.Spec is { MinAvailable: null, MaxUnavailable: { Value: not ("0" or "0%") } },
            static budget => budget.Spec.MaxUnavailable = 0),
        ManifestRule.Of<V1PodDisruptionBudget>("pdb-unhealthy-pod-eviction-policy", "a pod that is not ready keeps no node",
            static (budget, _) => budget.Spec.UnhealthyPodEvictionPolicy == "AlwaysAllow",
            static budget => budget.Spec.UnhealthyPodEvictionPolicy = null),
        ManifestRule.Of<V1PodDisruptionBudget>("dangling-poddisruptionbudget", "a budget is some pods'",
            static (budget, set) => set.Deployments.Any(deployment => Selects(budget.Spec.Selector?.MatchLabels, deployment.Spec.Template.Metadata.Labels)),
            static budget => budget.Spec.Selector.MatchLabels["app"] = "other"),
        ManifestRule.Of<V2HorizontalPodAutoscaler>("horizontalpodautoscaler-has-target", "an autoscaler's target is applied too",
            static (scaler, set) => set.Deployments.Any(deployment => Scales(scaler, deployment)),
            static scaler => scaler.Spec.ScaleTargetRef.Name = "nobody"),
        ManifestRule.Of<V2HorizontalPodAutoscaler>("horizontalpodautoscaler-replicas", "it leaves three at least, and may add",
            static (scaler, _) => scaler.Spec.MinReplicas >= 3 && scaler.Spec.MaxReplicas > scaler.Spec.MinReplicas,
            static scaler => scaler.Spec.MinReplicas = 1),
        ManifestRule.Of<V2HorizontalPodAutoscaler>("deployment-targeted-by-hpa-does-not-have-replicas-configured", "one of both decides",
            static (scaler, set) => set.Deployments.Where(deployment => Scales(scaler, deployment)).All(static deployment => deployment.Spec.Replicas is null),
            static _ => { }) with { Break = static set => set.Gateway.Spec.Replicas = 3 },
    ];

    private static V2HorizontalPodAutoscaler? Scaler(V1Deployment deployment, ManifestSet set) =>
        set.Of<V2HorizontalPodAutoscaler>().FirstOrDefault(scaler => Scales(scaler, deployment));

    /// <summary>By hand, without an autoscaler.</summary>
    private static void ScaleTo(int replicas, ManifestSet set)
    {
        set.Gateway.Spec.Replicas = replicas;
        set.Of<V2HorizontalPodAutoscaler>().Single().Spec.ScaleTargetRef.Name = "nobody";
    }

    private static bool Scales(V2HorizontalPodAutoscaler scaler, V1Deployment deployment) =>
        scaler.Spec.ScaleTargetRef is { Kind: "Deployment", ApiVersion: "apps/v1" } target && target.Name == deployment.Metadata.Name;

    /// <summary>Redis holds what is worth seconds, and who cannot reach it goes on alone.</summary>
    private static bool IsExcused(V1Deployment deployment) => deployment.Metadata.Name == "redis";
}
