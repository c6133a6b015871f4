using Gateway.Tests.Kit;

namespace Gateway.Tests.Manifests;

/// <summary>The rules of kube-score and kube-linter, over what is applied: the base by itself, and with all components.</summary>
public sealed class ManifestRulesTests
{
    private static readonly ManifestRule[] All = [.. ContainerRules.All, .. PodRules.All, .. ReachRules.All];

    public static TheoryData<string> Names => [.. All.Select(static rule => rule.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Base_KeepsTheRule(string name)
    {
        ManifestRule rule = Find(name);
        rule.Violations(ManifestSet.OfBase()).Should().BeEmpty("of {0}: {1}", rule.Name, rule.Says);
    }

    [TheoryNeeds("kubectl")]
    [MemberData(nameof(Names))]
    public async Task AllComponents_KeepTheRule_AndItsBreachIsFound(string name)
    {
        ManifestRule rule = Find(name);
        ManifestSet set = await ManifestSet.RenderAsync("k8s/overlays/production");
        rule.Violations(set).Should().BeEmpty("of {0}: {1}", rule.Name, rule.Says);

        rule.Break(set);

        rule.Violations(set).Should().NotBeEmpty("a rule that finds nothing holds for ever");
    }

    [Fact]
    public void Names_AreToldOnce() => All.Select(static rule => rule.Name).Should().OnlyHaveUniqueItems().And.HaveCountGreaterThanOrEqualTo(35);

    private static ManifestRule Find(string name) => All.Single(rule => rule.Name == name);
}
