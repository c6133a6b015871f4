extern alias Manifests;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Tests.House;
using Manifests::k8s.Models;

namespace Gateway.Tests.Manifests;

/// <summary>The image is what the manifests start: same user, same ports, the binary that CI tests.</summary>
public sealed class DockerfileTests
{
    private readonly string _dockerfile = Regex.Replace(Repository.Read("Gateway.Host/Dockerfile"), @"\\\n\s*", " ");

    private readonly V1Deployment _deployment = ManifestSet.OfBase().Gateway;

    [Fact]
    public void User_IsTheDeployments()
    {
        V1PodSecurityContext user = _deployment.Spec.Template.Spec.SecurityContext;
        Last("USER").Should().Be($"{user.RunAsUser}:{user.RunAsGroup}");
        user.RunAsUser.Should().BeGreaterThan(10_000);
    }

    [Fact]
    public void Ports_AreThePublicAndTheAdminPort() => Last("EXPOSE").Should().Be("8000 9100");

    [Fact]
    public void Binary_IsPublishedAsInCi()
    {
        string publish = Regex.Match(Repository.Read(".ci/run"), "dotnet publish Gateway.Host -c Release -r \"\\$platform\"").Value;
        publish.Should().NotBeEmpty();
        _dockerfile.Should().Contain(publish.Replace("\"$platform\"", "\"linux-${TARGETARCH/amd64/x64}\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Entrypoint_TakesTheArgumentsOfTheDeployment()
    {
        JsonElement.Parse(Last("ENTRYPOINT")).EnumerateArray().Select(static part => part.GetString()).Should().Equal("/app/gateway");
        _dockerfile.Should().Contain("-o /out\n").And.Contain("COPY --from=build /out/gateway /app/gateway\n");
        _deployment.Spec.Template.Spec.Containers[0].Command.Should().BeNull("the image's entrypoint starts");
    }

    [Fact]
    public void FinalImage_HasNoShellNoSdkAndNoFloatingTag()
    {
        string[] images = [.. Regex.Matches(_dockerfile, "(?m)^FROM (--platform=\\S+ )?(?<image>\\S+)").Select(static from => from.Groups["image"].Value)];
        images.Should().HaveCount(2);
        images[0].Should().StartWith("mcr.microsoft.com/dotnet/sdk:10.0");
        images[1].Should().StartWith("mcr.microsoft.com/dotnet/runtime-deps:10.0").And.EndWith("-chiseled");
        images.Should().NotContain(static image => image.EndsWith(":latest") || !image.Contains(':'));
    }

    [Fact]
    public void EveryFileThatIsCopied_IsThere()
    {
        IEnumerable<string> copied = Regex.Matches(_dockerfile, "(?m)^COPY (?!--from)(?<what>.+) \\S+$").SelectMany(static copy => copy.Groups["what"].Value.Split(' '));
        copied.Should().NotBeEmpty().And.OnlyContain(static name => Repository.Files.Any(file => file == name || file.StartsWith(name.TrimEnd('/') + "/")));
    }

    [Fact]
    public void BuildsOfThisMachine_StayOutOfTheImage() =>
        Repository.Read(".dockerignore").Split('\n').Should().Contain(["**/bin/", "**/obj/", ".git/"]);

    /// <summary>What the last line of this instruction says.</summary>
    private string Last(string instruction) => Regex.Matches(_dockerfile, $"(?m)^{instruction} (.+)$").Last().Groups[1].Value.Trim();
}
