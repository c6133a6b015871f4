using System.Text;
using Gateway.Core.Configuration;
using Gateway.Host.Configuration;

namespace Gateway.Tests.Configuration;

public sealed class ConfigurationNodeTests
{
    [Fact]
    public void Sections_MergeByKeyWithoutCase_AndKeepTheFirstSpelling()
    {
        ConfigurationNode root = Merge("""{ "Cart": { "a": 1, "b": 2 } }""", """{ "CART": { "B": 3, "c": 4 } }""");

        root.Children.Keys.Should().Equal("Cart");
        root.Find("cart")!.Children.Select(static child => $"{child.Key}={child.Value.Text}").Should().BeEquivalentTo("a=1", "b=3", "c=4");
    }

    [Fact]
    public void Lists_MergeByIndex()
    {
        ConfigurationNode root = Merge("""{ "a": [ { "x": 1, "y": 1 }, 2 ] }""", """{ "a": [ { "x": 9 } ] }""");

        root.FindPath("a:0:x")!.Text.Should().Be("9");
        root.FindPath("a:0:y")!.Text.Should().Be("1");
        root.FindPath("a:1")!.Text.Should().Be("2");
    }

    [Fact]
    public void EmptyList_EmptiesTheEarlierOne() =>
        Merge("""{ "a": [ 1 ] }""", """{ "a": [ ] }""").Find("a")!.Children.Should().BeEmpty();

    [Fact]
    public void EmptySection_ChangesNothing() =>
        Merge("""{ "a": { "b": 1 } }""", """{ "a": { } }""").FindPath("a:b")!.Text.Should().Be("1");

    [Fact]
    public void Scalar_Replaces()
    {
        ConfigurationNode root = Merge("""{ "a": { "b": 1 }, "c": 1 }""", """{ "a": null, "c": { "d": 2 } }""");

        root.Find("a")!.Kind.Should().Be(NodeKind.Null);
        root.FindPath("c:d")!.Text.Should().Be("2");
    }

    [Fact]
    public void ListOverSection_Replaces() =>
        Merge("""{ "a": { "b": 1 } }""", """{ "a": [ 2 ] }""").Find("a")!.Children.Keys.Should().Equal("0");

    [Fact]
    public void MergedValue_ComesFromTheLastLayer_ItsSectionFromTheFirst()
    {
        ConfigurationNode root = Merge("""{ "a": { "b": 1, "c": 1 } }""", """{     "a": { "b": 1 } }""");

        root.Find("a")!.Origin.ToString().Should().Be("0.json:1:8");
        root.FindPath("a:b")!.Origin.ToString().Should().Be("1.json:1:19");
        root.FindPath("a:c")!.Origin.ToString().Should().Be("0.json:1:23");
    }

    [Fact]
    public void KeyOrigins_AreThoseOfEveryLayer()
    {
        ConfigurationNode root = Merge("""{ "a": 1, "b": {} }""", """{ "b": {}, "a": 1 }""", """{ "a": 3 }""");

        root.Find("a")!.KeyOrigins.Select(static origin => origin.ToString()).Should().BeEquivalentTo("0.json:1:3", "1.json:1:12", "2.json:1:3");
        root.Find("b")!.KeyOrigins.Select(static origin => origin.ToString()).Should().BeEquivalentTo("0.json:1:11", "1.json:1:3");
    }

    [Fact]
    public void NearestOrigin_IsTheValues_ElseTheNearestAncestors()
    {
        ConfigurationNode root = Merge("""{ "a": { "b": 1 } }""");

        root.NearestOrigin("A:B").ToString().Should().Be("0.json:1:15");
        root.NearestOrigin("a:x:y").ToString().Should().Be("0.json:1:8");
        root.NearestOrigin("x").ToString().Should().Be("0.json:1:1");
    }

    private static ConfigurationNode Merge(params string[] layers)
    {
        ConfigurationNode root = ConfigurationNode.Root();
        for (int i = 0; i < layers.Length; i++)
        {
            var problems = new List<ConfigurationProblem>();
            root.Merge(ConfigurationFile.Parse($"{i}.json", Encoding.UTF8.GetBytes(layers[i]), i, problems)!);
            problems.Should().BeEmpty();
        }

        return root;
    }
}
