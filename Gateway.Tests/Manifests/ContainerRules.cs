extern alias Manifests;
using System.Text.RegularExpressions;
using Manifests::k8s.Models;
using static Gateway.Tests.Manifests.ManifestSet;

namespace Gateway.Tests.Manifests;

/// <summary>What kube-score and kube-linter check by default of containers and pods.</summary>
internal static partial class ContainerRules
{
    /// <summary>Users below are those of the node's own accounts.</summary>
    private const int HighestSystemId = 10_000;

    public static readonly ManifestRule[] All =
    [
        ManifestRule.OfContainers("latest-tag", "an image has a tag that stays what it is",
            static (container, _) => PinnedImage().IsMatch(container.Image), static container => container.Image = "api-gateway:latest"),
        ManifestRule.OfContainers("container-image-pull-policy", "a node asks whether it may use the image",
            static (container, _) => container.ImagePullPolicy == "Always", static container => container.ImagePullPolicy = "IfNotPresent"),
        Resource("unset-cpu-requirements", "cpu"),
        Resource("unset-memory-requirements", "memory"),
        Resource("container-ephemeral-storage-request-and-limit", "ephemeral-storage"),
        ManifestRule.OfContainers("requests-within-limits", "a request is no more than its limit",
            static (container, _) => container.Resources.Requests.All(request =>
                request.Value.ToDecimal() <= container.Resources.Limits[request.Key].ToDecimal()),
            static container => container.Resources.Requests["cpu"] = new ResourceQuantity("2")),
        ManifestRule.OfContainers("no-read-only-root-fs", "nothing can be written beside the program",
            static (container, _) => container.SecurityContext?.ReadOnlyRootFilesystem == true,
            static container => container.SecurityContext.ReadOnlyRootFilesystem = false),
        ManifestRule.OfContainers("privilege-escalation-container", "no program gets more rights than its parent",
            static (container, _) => container.SecurityContext?.AllowPrivilegeEscalation == false,
            static container => container.SecurityContext.AllowPrivilegeEscalation = null),
        ManifestRule.OfContainers("privileged-container", "a container is none of the node's",
            static (container, _) => container.SecurityContext?.Privileged != true, static container => container.SecurityContext.Privileged = true),
        ManifestRule.OfContainers("drop-net-raw-capability", "all capabilities are dropped",
            static (container, _) => Each(container.SecurityContext?.Capabilities?.Drop).Contains("ALL"),
            static container => container.SecurityContext.Capabilities.Drop = ["NET_ADMIN"]),
        ManifestRule.OfContainers("no-added-capabilities", "and none is added",
            static (container, _) => container.SecurityContext?.Capabilities?.Add is not { Count: > 0 },
            static container => container.SecurityContext.Capabilities.Add = ["NET_RAW"]),
        ManifestRule.OfContainers("run-as-non-root", "root is nobody's user",
            static (container, pod) => (container.SecurityContext?.RunAsNonRoot ?? pod.SecurityContext?.RunAsNonRoot) == true,
            static container => container.SecurityContext.RunAsNonRoot = false),
        ManifestRule.OfContainers("container-security-context-user-group-id", "user and group are none that a node has",
            static (container, pod) => (container.SecurityContext?.RunAsUser ?? pod.SecurityContext?.RunAsUser) > HighestSystemId
                && (container.SecurityContext?.RunAsGroup ?? pod.SecurityContext?.RunAsGroup) > HighestSystemId,
            static container => container.SecurityContext.RunAsUser = 1654),
        ManifestRule.OfContainers("container-seccomp-profile", "only ordinary system calls are let through",
            static (container, pod) => (container.SecurityContext?.SeccompProfile ?? pod.SecurityContext?.SeccompProfile)?.Type == "RuntimeDefault",
            static container => container.SecurityContext.SeccompProfile = new V1SeccompProfile { Type = "Unconfined" }),
        ManifestRule.OfContainers("no-readiness-probe", "no request is sent to one that is not ready",
            static (container, _) => container.ReadinessProbe is not null, static container => container.ReadinessProbe = null),
        ManifestRule.OfContainers("no-liveness-probe", "one that hangs is started again",
            static (container, _) => container.LivenessProbe is not null, static container => container.LivenessProbe = null),
        ManifestRule.OfContainers("pod-probes-identical", "what is not ready need not be dead",
            static (container, _) => container.LivenessProbe?.HttpGet is null || container.LivenessProbe.HttpGet.Path != container.ReadinessProbe?.HttpGet?.Path,
            static container => container.LivenessProbe.HttpGet.Path = container.ReadinessProbe.HttpGet.Path),
        ManifestRule.OfProbes("liveness-port", static container => container.LivenessProbe),
        ManifestRule.OfProbes("readiness-port", static container => container.ReadinessProbe),
        ManifestRule.OfProbes("startup-port", static container => container.StartupProbe),
        ManifestRule.OfContainers("duplicate-env-var", "a variable has one value",
            static (container, _) => Each(container.Env).GroupBy(static variable => variable.Name).All(static same => same.Count() == 1),
            static container => container.Env.Add(new V1EnvVar { Name = container.Env[0].Name })),
        ManifestRule.OfContainers("env-var-secret", "secrets are files: a variable is inherited and printed",
            static (container, _) => Each(container.Env).All(static variable =>
                !variable.Name.Contains("secret", StringComparison.OrdinalIgnoreCase) && variable.ValueFrom?.SecretKeyRef is null),
            static container => container.Env.Add(new V1EnvVar { Name = "CLIENT_SECRET", Value = "x" })),
        ManifestRule.OfContainers("ssh-port", "nobody logs in",
            static (container, _) => container.Ports.All(static port => port.ContainerPort != 22), static container => container.Ports[0].ContainerPort = 22),
        ManifestRule.OfContainers("host-port", "a port is the pod's, not the node's",
            static (container, _) => container.Ports.All(static port => port.HostPort is null), static container => container.Ports[0].HostPort = 8000),
        ManifestRule.OfContainers("duplicate-ports", "a port and its name are there once",
            static (container, _) => container.Ports.Select(static port => port.Name).Distinct().Count() == container.Ports.Count
                && container.Ports.Select(static port => port.ContainerPort).Distinct().Count() == container.Ports.Count,
            static container => container.Ports.Add(new V1ContainerPort { Name = "again", ContainerPort = container.Ports[0].ContainerPort })),
    ];

    private static ManifestRule Resource(string name, string resource) => ManifestRule.OfContainers(name, $"{resource} is asked for and bounded",
        (container, _) => container.Resources?.Requests?.ContainsKey(resource) == true && container.Resources.Limits?.ContainsKey(resource) == true,
        container => container.Resources.Limits.Remove(resource));

    [GeneratedRegex(@"^[^:@]+(/[^:@]+)*:(?!latest$)[\w.-]+$")]
    private static partial Regex PinnedImage();
}
