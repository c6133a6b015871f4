using Gateway.Host.Configuration;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Configuration;

public sealed class FileContentTests
{
    [Theory]
    [InlineData("12345", 5)]
    [InlineData("", 0)]
    public void FileOfTheLimit_IsRead(string content, int limit)
    {
        using ConfigurationFiles files = new ConfigurationFiles().Write("a", content);

        FileContent.Read(Path.Combine(files.Root, "a"), limit, out string? problem).Should().HaveCount(content.Length);

        problem.Should().BeNull();
    }

    [Theory]
    [InlineData("a", "is larger than 4 bytes")]
    [InlineData("b", "does not exist")]
    [InlineData("b/c", "does not exist")]
    [InlineData("", "is a directory")]
    public void OtherFile_IsRefusedInAFewWords(string name, string expected)
    {
        using ConfigurationFiles files = new ConfigurationFiles().Write("a", "12345");

        FileContent.Read(Path.Combine(files.Root, name), 4, out string? problem).Should().BeNull();

        problem.Should().Be(expected);
    }

    [Fact]
    public void NameThatNoFileCanHave_IsRefused()
    {
        FileContent.Read("a\0b", 4, out string? problem).Should().BeNull();

        problem.Should().StartWith("cannot be read: ");
    }
}
