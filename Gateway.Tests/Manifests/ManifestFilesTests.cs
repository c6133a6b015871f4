extern alias Manifests;
using System.Text.RegularExpressions;
using Gateway.Tests.House;
using Manifests::k8s;
using Manifests::k8s.Models;

namespace Gateway.Tests.Manifests;

/// <summary>How the manifests lie in their folders.</summary>
public sealed class ManifestFilesTests
{
    public static TheoryData<string> Objects => [.. ManifestFiles.Objects];

    public static TheoryData<string> Patches => [.. ManifestFiles.Patches];

    public static TheoryData<string> Kustomizations => [.. ManifestFiles.Kustomizations];

    [Theory]
    [MemberData(nameof(Objects))]
    public void File_HoldsOneObjectOfItsNameAndNoUnknownKey(string file)
    {
        object one = ManifestSet.Parse(Repository.Read(file)).Objects.Should().ContainSingle().Which;
        string kind = one.Should().BeAssignableTo<IKubernetesObject<V1ObjectMeta>>().Which.Kind.ToLowerInvariant();
        Path.GetFileNameWithoutExtension(file).Should().StartWith(kind);
    }

    [Theory]
    [MemberData(nameof(Patches))]
    public void Patch_HasNoUnknownKey(string file) => ManifestSet.Parse(Repository.Read(file)).Objects.Should().ContainSingle();

    [Theory]
    [InlineData("kind: Service\nspec:\n  typo: 1")]
    [InlineData("kind: Service\nspec:\n  type: ClusterIP\n  type: NodePort")]
    [InlineData("kind: ConfigMap\ndata: {}\nextra: 1")]
    public void UnknownOrDoubleKey_IsAnError(string yaml)
    {
        Action parsing = () => ManifestSet.Parse($"apiVersion: v1\n{yaml}\n");
        parsing.Should().Throw<Exception>();
    }

    [Theory]
    [MemberData(nameof(Kustomizations))]
    public void Kustomization_ListsWhatLiesBesideIt(string file)
    {
        string text = Repository.Read(file), folder = Path.GetDirectoryName(file)!;
        IEnumerable<string> beside = Repository.Files.Where(other => Path.GetDirectoryName(other) == folder && other != file).Select(Path.GetFileName)!;
        beside.Where(name => !Regex.IsMatch(text, $"(?m)^ *- (path: )?{Regex.Escape(name)}$")).Should().BeEmpty();
    }

    [Fact]
    public void Folders_AreTheBaseAnOverlayAndThreeComponents()
    {
        ManifestFiles.Kustomizations.Select(Path.GetDirectoryName).Should().BeEquivalentTo([.. ManifestFiles.Appliable, .. ManifestFiles.Components]);
        ManifestFiles.Components.Should().OnlyContain(static folder => Repository.Read($"{folder}/kustomization.yaml").Contains("\nkind: Component\n"));
        ManifestFiles.Appliable.Should().OnlyContain(static folder => Repository.Read($"{folder}/kustomization.yaml").Contains("\nkind: Kustomization\n"));
    }

    [Fact]
    public void Readme_NamesEveryComponent_AndTheSecretThatTheOperatorMakes()
    {
        string readme = Repository.Read("k8s/README.md");
        ManifestFiles.Components.Select(Path.GetFileName).Should().OnlyContain(name => readme.Contains($"| `components/{name}` |"));
        readme.Should().Contain("create secret generic api-gateway-admin --from-literal=token=");
        Repository.Read("README.md").Should().Contain("create secret generic api-gateway-admin --from-literal=token=");
    }
}
