using System.Text;
using Gateway.Core.Configuration;
using Gateway.Host.Configuration;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Configuration;

public sealed class ConfigurationFileReaderTests
{
    [Fact]
    public void CommentsAndTrailingCommas_AreTaken()
    {
        ConfigurationNode? root = Parse("""
            {
              // one
              "a": [ 1, 2, ], /* two */
            }
            """, out string[] problems);

        problems.Should().BeEmpty();
        root!.FindPath("A:1")!.Text.Should().Be("2");
    }

    [Fact]
    public void Positions_AreOneBasedAndInCharacters_TabsCountOne()
    {
        ConfigurationNode root = Parse("{\n\t\"ü😀\": {\t\"b\": [ true,\r\n null ] }\n}", out _)!;

        ConfigurationNode outer = root.Find("ü😀")!;
        root.Origin.ToString().Should().Be("f.json:1:1");
        outer.KeyOrigin.ToString().Should().Be("f.json:2:2");
        outer.Origin.ToString().Should().Be("f.json:2:8");
        outer.Find("b")!.KeyOrigin.ToString().Should().Be("f.json:2:10");
        root.FindPath("ü😀:b:0")!.Origin.ToString().Should().Be("f.json:2:17");
        root.FindPath("ü😀:b:1")!.Origin.ToString().Should().Be("f.json:3:2");
    }

    [Fact]
    public void KeyWithColons_OpensItsSections()
    {
        ConfigurationNode root = Parse("""{ "A:B:C": 1, "a": { "b:d": 2 }, "A:E": 3 }""", out string[] problems)!;

        problems.Should().BeEmpty();
        root.FindPath("A:B:C")!.Text.Should().Be("1");
        root.FindPath("A:B:D")!.Text.Should().Be("2");
        root.FindPath("A:E")!.Origin.ToString().Should().Be("f.json:1:41");
    }

    [Theory]
    [InlineData("""{ "a": 1, "A": 2 }""", "f.json:1:11: the key 'A' is given twice, first by f.json:1:3")]
    [InlineData("""{ "a": {}, "A": {} }""", "f.json:1:12: the key 'A' is given twice, first by f.json:1:3")]
    [InlineData("""{ "a:b": 1, "a": { "B": 2 } }""", "f.json:1:20: the key 'B' is given twice, first by f.json:1:3")]
    [InlineData("""{ "a": 1, "a:b": 2 }""", "f.json:1:11: the key 'a' is given twice, first by f.json:1:3")]
    public void DuplicateKey_IsAProblemAtTheSecond(string json, string problem)
    {
        Parse(json, out string[] problems).Should().NotBeNull();

        problems.Should().Equal(problem);
    }

    [Theory]
    [InlineData("", "f.json:1:1: the file is empty; write at least { }")]
    [InlineData(" \n ", "f.json:2:2: the file is empty; write at least { }")]
    [InlineData("[]", "f.json:1:1: broken JSON: a configuration file holds an object, { … }")]
    [InlineData("{\n  \"ü\": tru, }", "f.json:2:11: broken JSON: 'tru, }' is an invalid JSON literal. Expected the literal 'true'")]
    [InlineData("{ \"a\": 1 \"b\": 2 }", "f.json:1:10: broken JSON: '\"' is invalid after a value. Expected either ',', '}', or ']'")]
    [InlineData("{ } x", "f.json:1:5: broken JSON: 'x' is invalid after a single JSON value. Expected end of data")]
    public void BrokenJson_IsOneProblemWithItsPosition(string json, string problem)
    {
        Parse(json, out string[] problems).Should().BeNull();

        problems.Should().Equal(problem);
    }

    [Theory]
    [InlineData("""{ "\ud800": 1 }""", "f.json:1:3: the text has half of a surrogate pair, which is not a character")]
    [InlineData("""{ "a": "\ud800" }""", "f.json:1:8: the text has half of a surrogate pair, which is not a character")]
    public void LoneSurrogate_IsAProblem(string json, string problem)
    {
        Parse(json, out string[] problems);

        problems.Should().Equal(problem);
    }

    [Fact]
    public void TooDeepNesting_IsAProblem()
    {
        Parse(string.Concat(Enumerable.Repeat("{\"a\":", 10_000)), out string[] problems).Should().BeNull();

        problems.Should().ContainSingle().Which.Should().Contain("maximum configured depth of 64");
    }

    [Fact]
    public void TooManyColons_IsAProblem()
    {
        Parse($$"""{ "{{string.Concat(Enumerable.Repeat("a:", 100_000))}}": 1 }""", out string[] problems);

        problems.Should().ContainSingle().Which.Should().StartWith("f.json:1:3: the key 'a:a:").And.EndWith("nests deeper than 64");
    }

    [Fact]
    public void EveryPrefixOfAFile_IsOneProblem_NeverAnException()
    {
        byte[] whole = Encoding.UTF8.GetBytes(ConfigurationFiles.ContractExample);
        for (int length = 0; length < whole.Length; length++)
        {
            if (Parse(whole[..length], out string[] problems) is not null || problems.Length != 1)
            {
                Assert.Fail($"The first {length} bytes made {problems.Length} problems.");
            }
        }
    }

    [Fact]
    public void TooManyValues_IsAProblem()
    {
        Parse($$"""{ "a": [ {{string.Concat(Enumerable.Repeat("1,", ConfigurationFileReader.MaxValues))}} ] }""", out string[] problems).Should().BeNull();

        problems.Should().ContainSingle().Which.Should().EndWith("broken JSON: the file holds more than 250000 values");
    }

    private static ConfigurationNode? Parse(string json, out string[] problems) => Parse(Encoding.UTF8.GetBytes(json), out problems);

    private static ConfigurationNode? Parse(byte[] content, out string[] problems)
    {
        var found = new List<ConfigurationProblem>();
        ConfigurationNode? root = ConfigurationFile.Parse("f.json", content, 0, found);
        problems = ConfigurationFiles.Lines(found);
        return root;
    }
}
