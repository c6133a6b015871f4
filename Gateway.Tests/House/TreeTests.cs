using System.Text.RegularExpressions;

namespace Gateway.Tests.House;

/// <summary>What lies in the repository, and what must not.</summary>
public sealed partial class TreeTests
{
    [Fact]
    public void Folders_AreNamedBySubjectNotByKind()
    {
        string[] kinds = ["helpers", "utils", "utilities", "models", "interfaces", "extensions", "common", "misc"];
        Repository.Files.Where(file => file.Split('/')[..^1].Intersect(kinds, StringComparer.OrdinalIgnoreCase).Any()).Should().BeEmpty();
    }

    [Fact]
    public void Root_HoldsWhatTheHouseSays()
    {
        string[] allowed =
        [
            "Gateway.Core", "Gateway.Host", "Gateway.Tests", "Gateway.Benchmarks", "gateway.sln", "k8s", ".editorconfig", "README.md",
            "Directory.Build.props", "Directory.Packages.props", "global.json", "LICENSE", ".gitignore", ".gitattributes", ".dockerignore",
            "Dockerfile", ".ci", ".github", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md",
        ];
        Repository.Files.Select(static file => file.Split('/')[0]).Distinct().Should().BeSubsetOf(allowed);
    }

    [Fact]
    public void Files_NameNoMachinePathsAndNoRegistries()
    {
        IEnumerable<string> found = Repository.Files.Where(static file => file != "Gateway.Tests/House/TreeTests.cs")
            .SelectMany(static file => MachineWords().Matches(Repository.Read(file)).Select(match => $"{file}: {match.Value}"));
        found.Should().BeEmpty("another machine has other paths, and takes its packages from where it is told to");
    }

    [Theory]
    [InlineData("/home/alice/gateway")]
    [InlineData("/work/app/Gateway.Core")]
    [InlineData("C:\\Users\\alice")]
    [InlineData("https://nuget.corp.example/v3/index.json")]
    [InlineData("http://registry.internal:5000/api-gateway")]
    public void MachineWords_AreFound(string text) => MachineWords().IsMatch(text).Should().BeTrue();

    [Theory]
    [InlineData("/api/work/items")]
    [InlineData("http://localhost:8001/verify")]
    [InlineData("image: api-gateway:latest")]
    public void OrdinaryWords_Pass(string text) => MachineWords().IsMatch(text).Should().BeFalse();

    [Fact]
    public void Tests_WaitForConditionsNotForTime()
    {
        IEnumerable<string> found = Repository.Sources("Gateway.Tests")
            .SelectMany(static file => Sleeps(CodeText.Strip(Repository.Read(file))).Select(sleep => $"{file}: {sleep}"));
        found.Should().BeEmpty("a FakeTimeProvider or a condition is steadier than the clock");
    }

    [Theory]
    [InlineData("Thread.Sleep(1);")]
    [InlineData("await Task.Delay(100, token);")]
    [InlineData("await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);")]
    public void Sleep_IsFound(string code) => Sleeps(code).Should().ContainSingle();

    [Theory]
    [InlineData("await Task.Delay(latency, clock, token);")]
    [InlineData("await Task.Delay(TimeSpan.FromSeconds(1), _time);")]
    [InlineData("await Task.Delay(Timeout.Infinite, token);")]
    [InlineData("SpinWait.SpinUntil(() => done, patience);")]
    [InlineData("await Task.Delay(Timeout.InfiniteTimeSpan, token);")]
    public void WaitOnATestsOwnClock_IsFine(string code) => Sleeps(code).Should().BeEmpty();

    /// <summary>A delay is fine on a clock that the test moves, and without end until it is cancelled.</summary>
    private static IEnumerable<string> Sleeps(string code) => SleepCall().Matches(code).Select(static match => match.Value)
        .Where(static call => !(call.StartsWith("Task.Delay", StringComparison.Ordinal) && OwnClockOrEndless().IsMatch(call)));

    // Machine paths: home and work folders, Windows profiles. Registries: addresses that serve packages or images.
    [GeneratedRegex(@"(?<![\w.])/(home|root|Users|work|workspace|mnt)/\w|[A-Za-z]:\\Users\\"
        + @"|https?://[^\s""'<>]*(nuget|artifactory|nexus|registry|pypi|npmjs|proxy\.)[^\s""'<>]*|/v3/index\.json")]
    private static partial Regex MachineWords();

    [GeneratedRegex(@"(Thread\.Sleep|Task\.Delay)\((?>[^()]+|(?<open>\()|(?<-open>\)))*(?(open)(?!))\)")]
    private static partial Regex SleepCall();

    [GeneratedRegex(@"Timeout\.Infinite|(?<!\.)\b_?(clock|time|timeProvider|fakeTime)\b")]
    private static partial Regex OwnClockOrEndless();
}
