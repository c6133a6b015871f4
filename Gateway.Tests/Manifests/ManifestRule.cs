extern alias Manifests;
using Manifests::k8s;
using Manifests::k8s.Models;

namespace Gateway.Tests.Manifests;

/// <summary>One check of manifests, and a change that it must complain of.</summary>
/// <param name="Name">As kube-linter or kube-score names it.</param>
/// <param name="Says">What it wants, to be read after "because".</param>
/// <param name="Violations">What breaks it; nothing where all is well.</param>
/// <param name="Break">Breaks it in a set that keeps it.</param>
internal sealed record ManifestRule(string Name, string Says, Func<ManifestSet, IEnumerable<string>> Violations, Action<ManifestSet> Break)
{
    /// <summary>For each object of a kind.</summary>
    public static ManifestRule Of<T>(string name, string says, Func<T, ManifestSet, bool> isFine, Action<T> broken)
        where T : IKubernetesObject<V1ObjectMeta> =>
        new(name, says,
            set => set.Of<T>().Where(one => !isFine(one, set)).Select(static one => $"{one.Kind} {one.Metadata.Name}"),
            set => broken(set.Of<T>().First()));

    /// <summary>For the pods of each deployment.</summary>
    public static ManifestRule OfPods(string name, string says, Func<V1PodSpec, bool> isFine, Action<V1PodSpec> broken) =>
        Of<V1Deployment>(name, says, (deployment, _) => isFine(deployment.Spec.Template.Spec), deployment => broken(deployment.Spec.Template.Spec));

    /// <summary>For each container of a pod, that before it begins included.</summary>
    public static ManifestRule OfContainers(string name, string says, Func<V1Container, V1PodSpec, bool> isFine, Action<V1Container> broken) =>
        OfPods(name, says,
            pod => pod.Containers.Concat(ManifestSet.Each(pod.InitContainers)).All(container => isFine(container, pod)),
            pod => broken(pod.Containers[0]));

    /// <summary>For the probes of each container that has them.</summary>
    public static ManifestRule OfProbes(string name, Func<V1Container, V1Probe?> probe) =>
        OfContainers(name, "a probe asks a port that the container declares",
            (container, _) => PortOf(probe(container)) is not { } port
                || container.Ports.Any(declared => declared.Name == port || $"{declared.ContainerPort}" == port),
            container => probe(container)!.HttpGet.Port = "elsewhere");

    private static string? PortOf(V1Probe? probe) => (probe?.HttpGet?.Port ?? probe?.TcpSocket?.Port)?.Value;
}
