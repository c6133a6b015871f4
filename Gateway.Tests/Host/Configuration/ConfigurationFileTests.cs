using System.Text;
using Gateway.Core.Configuration;
using Gateway.Host.Configuration;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Configuration;

public sealed class ConfigurationFileTests
{
    [Fact]
    public void Utf8Mark_IsSkippedAndCountsNoColumn()
    {
        ConfigurationNode root = Parse([0xEF, 0xBB, 0xBF, .. "{\"a\":1}"u8], out string[] problems)!;

        problems.Should().BeEmpty();
        root.Find("a")!.KeyOrigin.ToString().Should().Be("f.json:1:2");
    }

    [Fact]
    public void InvalidUtf8_IsAProblemAtTheByte()
    {
        Parse([.. "{\n\"ü\": \""u8, 0xC3, .. "\"}"u8], out string[] problems).Should().BeNull();

        problems.Should().Equal("f.json:2:7: the byte 0xC3 is not UTF-8; save the file as UTF-8");
    }

    [Fact]
    public void Utf16_IsNamed()
    {
        Parse([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("{}")], out string[] problems).Should().BeNull();

        problems.Should().Equal("f.json:1:1: the file is written in UTF-16; save it as UTF-8");
    }

    [Fact]
    public void MissingFile_IsAProblem() => ReadProblem("nope.json").Should().Be("f.json: the file does not exist");

    [Fact]
    public void DirectoryInsteadOfFile_IsAProblem() => ReadProblem("").Should().Be("f.json: the file is a directory");

    [Fact]
    public void FileBeyondTheLimit_IsAProblem()
    {
        using var files = new ConfigurationFiles();
        File.WriteAllBytes(Path.Combine(files.Root, "big.json"), new byte[ConfigurationFile.MaxSize + 1]);
        var problems = new List<ConfigurationProblem>();

        ConfigurationFile.Read("f.json", Path.Combine(files.Root, "big.json"), 0, problems).Should().BeNull();

        ConfigurationFiles.Lines(problems).Should().Equal("f.json: the file is larger than 16777216 bytes");
    }

    [Fact]
    public void FileOfTheLimit_IsRead()
    {
        using var files = new ConfigurationFiles();
        byte[] content = new byte[ConfigurationFile.MaxSize];
        Array.Fill(content, (byte)' ');
        "{ }"u8.CopyTo(content);
        File.WriteAllBytes(Path.Combine(files.Root, "big.json"), content);

        ConfigurationFile.Read("f.json", Path.Combine(files.Root, "big.json"), 0, []).Should().NotBeNull();
    }

    private static string ReadProblem(string name)
    {
        using var files = new ConfigurationFiles();
        var problems = new List<ConfigurationProblem>();
        ConfigurationFile.Read("f.json", Path.Combine(files.Root, name), 0, problems).Should().BeNull();
        return problems.Single().ToString();
    }

    private static ConfigurationNode? Parse(byte[] content, out string[] problems)
    {
        var found = new List<ConfigurationProblem>();
        ConfigurationNode? root = ConfigurationFile.Parse("f.json", content, 0, found);
        problems = ConfigurationFiles.Lines(found);
        return root;
    }
}
