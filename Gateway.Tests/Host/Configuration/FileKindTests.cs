using Gateway.Host.Configuration;

namespace Gateway.Tests.Host.Configuration;

public sealed class FileKindTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gateway-kind-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void FilesFoldersAndWhatIsMissing_AreReadByWhoeverReadsThem()
    {
        string file = Path.Combine(_directory.FullName, "file"), link = Path.Combine(_directory.FullName, "link");
        File.WriteAllText(file, "");
        File.CreateSymbolicLink(link, file);
        new[] { file, link, _directory.FullName, file + "-missing" }.Should().OnlyContain(static path => FileKind.CanBeReadAgain(path));
    }

    /// <summary>Opening one would wait for a writer, for ever.</summary>
    [Fact]
    public async Task PipesAndDevices_CannotBeReadAgain()
    {
        string pipe = Path.Combine(_directory.FullName, "pipe");
        using System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", [pipe]);
        await make.WaitForExitAsync();
        FileKind.CanBeReadAgain(pipe).Should().BeFalse();
        FileKind.CanBeReadAgain("/dev/null").Should().BeFalse();
    }
}
