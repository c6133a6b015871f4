using Gateway.Host.Configuration;

namespace Gateway.Tests.Host.Configuration;

public sealed class ConfigurationFingerprintTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gateway-fingerprint-");
    private readonly ConfigurationInputs _inputs;

    public ConfigurationFingerprintTests() =>
        _inputs = new ConfigurationInputs(["a.json", "b.json"], new Dictionary<string, string>(), []) { Directory = _directory.FullName };

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void SameContent_IsTheSame_WheneverItWasWritten()
    {
        Write("a.json", "{}");
        string before = ConfigurationFingerprint.Of(_inputs);
        Write("a.json", "{} ");
        ConfigurationFingerprint.Of(_inputs).Should().NotBe(before);
        Write("a.json", "{}");
        File.SetLastWriteTimeUtc(Path.Combine(_directory.FullName, "a.json"), DateTime.UnixEpoch);
        ConfigurationFingerprint.Of(_inputs).Should().Be(before);
    }

    [Fact]
    public void FilesThatComeAndGo_AreChanges()
    {
        string none = ConfigurationFingerprint.Of(_inputs);
        Write("b.json", "");
        string one = ConfigurationFingerprint.Of(_inputs);
        one.Should().NotBe(none);
        File.Move(Path.Combine(_directory.FullName, "b.json"), Path.Combine(_directory.FullName, "a.json"));
        ConfigurationFingerprint.Of(_inputs).Should().NotBe(one).And.NotBe(none);
    }

    /// <summary>As Kubernetes swaps a mounted ConfigMap.</summary>
    [Fact]
    public void LinkThatIsSwapped_IsAChange()
    {
        Write("1.json", "{\"a\":1}");
        Write("2.json", "{\"a\":2}");
        string link = Path.Combine(_directory.FullName, "a.json");
        File.CreateSymbolicLink(link, Path.Combine(_directory.FullName, "1.json"));
        string before = ConfigurationFingerprint.Of(_inputs);
        File.Delete(link);
        File.CreateSymbolicLink(link, Path.Combine(_directory.FullName, "2.json"));
        ConfigurationFingerprint.Of(_inputs).Should().NotBe(before);
    }

    [Fact]
    public void WithoutNamedFiles_ThoseByDefaultCount()
    {
        ConfigurationInputs byDefault = _inputs with { Files = [] };
        string none = ConfigurationFingerprint.Of(byDefault);
        Write("appsettings.Production.json", "{}");
        ConfigurationFingerprint.Of(byDefault).Should().NotBe(none);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory.FullName, name), text);
}
