using Gateway.Tests.House;

namespace Gateway.Tests.Manifests;

/// <summary>The files under k8s/, by what they are.</summary>
internal static class ManifestFiles
{
    private const string Kustomization = "kustomization.yaml";

    /// <summary>Folders that kustomize takes: the base and the overlays.</summary>
    public static readonly string[] Appliable = ["k8s/base", "k8s/overlays/production"];

    public static readonly string[] Components = ["k8s/components/hpa", "k8s/components/monitoring", "k8s/components/redis"];

    public static IEnumerable<string> Yaml { get; } =
        [.. Repository.Files.Where(static file => file.StartsWith("k8s/", StringComparison.Ordinal) && file.EndsWith(".yaml", StringComparison.Ordinal))];

    public static IEnumerable<string> Kustomizations { get; } = [.. Yaml.Where(static file => Path.GetFileName(file) == Kustomization)];

    /// <summary>Changes to objects that stand elsewhere.</summary>
    public static IEnumerable<string> Patches { get; } =
        [.. Yaml.Where(static file => Path.GetFileName(file).StartsWith("patch-", StringComparison.Ordinal))];

    public static IEnumerable<string> Objects { get; } = [.. Yaml.Except(Kustomizations).Except(Patches)];
}
