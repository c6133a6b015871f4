extern alias Manifests;
using Gateway.Tests.House;
using Gateway.Tests.Kit;
using Manifests::k8s;
using Manifests::k8s.Models;

namespace Gateway.Tests.Manifests;

/// <summary>Objects that are applied together, each in its type; a key that its type does not have, or has twice, throws.</summary>
internal sealed class ManifestSet(IReadOnlyList<object> objects)
{
    /// <summary>Kinds that are no part of Kubernetes.</summary>
    private static readonly (string Key, Type Type)[] Others =
    [
        ("monitoring.coreos.com/v1/PrometheusRule", typeof(PrometheusRule)),
        ("monitoring.coreos.com/v1/ServiceMonitor", typeof(ServiceMonitor)),
    ];

    public IReadOnlyList<object> Objects { get; } = objects;

    public IEnumerable<V1Deployment> Deployments => Of<V1Deployment>();

    public V1Deployment Gateway => Deployments.Single(static deployment => deployment.Metadata.Name == "api-gateway");

    public static ManifestSet Parse(string yaml) =>
        new(KubernetesYaml.LoadAllFromString(yaml, Others.ToDictionary(static kind => kind.Key, static kind => kind.Type), strict: true));

    /// <summary>The files of the base, which are whole objects.</summary>
    public static ManifestSet OfBase() => new([.. ManifestFiles.Objects.Where(static file => file.StartsWith("k8s/base/", StringComparison.Ordinal))
        .SelectMany(static file => Parse(Repository.Read(file)).Objects)]);

    /// <summary>What <c>kubectl apply -k</c> would send.</summary>
    public static async Task<ManifestSet> RenderAsync(string folder) => Parse(await KustomizeAsync(Path.Combine(Repository.Root, folder)));

    /// <summary>What <c>kubectl kustomize</c> makes of a folder.</summary>
    public static async Task<string> KustomizeAsync(string folder)
    {
        (int code, string yaml, string errors) = await Programs.RunAsync("kubectl", "kustomize", folder);
        (code, errors).Should().Be((0, ""), "{0} can be rendered without a warning", folder);
        return yaml;
    }

    public IEnumerable<T> Of<T>() => Objects.OfType<T>();

    public static IEnumerable<T> Each<T>(IEnumerable<T>? items) => items ?? [];

    /// <summary>Does the selector, which must be one of labels alone, take in what has these labels?</summary>
    public static bool Selects(IDictionary<string, string>? selector, IDictionary<string, string>? labels) =>
        selector is { Count: > 0 } && selector.All(wanted => labels is not null && labels.TryGetValue(wanted.Key, out string? value) && value == wanted.Value);
}
