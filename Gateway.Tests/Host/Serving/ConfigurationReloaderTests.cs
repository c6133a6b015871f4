using System.Diagnostics.Metrics;
using Gateway.Core;
using Gateway.Host.Configuration;
using Gateway.Host.Serving;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Host.Serving;

public sealed class ConfigurationReloaderTests : IAsyncDisposable
{
    private const string Good = """
        { "Gateway": {
            "Services": { "svc": { "Instances": [ { "Url": "http://10.0.0.1" } ] } },
            "Routes": { "all": { "Pattern": "/{**rest}", "Service": "svc", "Auth": "Anonymous" } },
            "Tests": [ { "Request": "GET /x", "Expect": { "Route": "all" } } ] } }
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gateway-reload-");
    private readonly Meter _meter = new("Gateway");
    private readonly FakeTimeProvider _clock = new();
    private readonly ReloadHistory _history;
    private readonly StringWriter _stderr = new();
    private readonly List<GatewayOptions> _applied = [];
    private ConfigurationReloader _reloader = null!;
    private Exception? _failure;
    private Task _held = Task.CompletedTask;

    public ConfigurationReloaderTests() => _history = new ReloadHistory(_meter, _clock);

    public async ValueTask DisposeAsync()
    {
        await _reloader.DisposeAsync();
        _meter.Dispose();
        _stderr.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task ChangedFile_IsPutInForce_OnceItHasLookedTheSameTwice()
    {
        Start();
        Write(Good.Replace("10.0.0.1", "10.0.0.2", StringComparison.Ordinal));
        await _reloader.LookAsync();
        _applied.Should().BeEmpty("it may still be being written");
        await _reloader.LookAsync();
        _applied.Should().ContainSingle().Which.Services["svc"].Instances[0].Url.Should().Be("http://10.0.0.2");
        await _reloader.LookAsync();
        await _reloader.LookAsync();
        _applied.Should().ContainSingle("nothing has changed since");
        _history.Status.Generation.Should().Be(2);
    }

    public static TheoryData<string, string> BadFiles() => new()
    {
        { "{ \"Gateway\": ", "gateway.json:1:14: broken JSON" },
        { Good.Replace("\"Routes\"", "\"Ruotes\"", StringComparison.Ordinal), "did you mean 'Routes'?" },
        { Good.Replace("GET /x", "GET /x/../../y", StringComparison.Ordinal), "is not a request" },
        { Good.Replace("\"Route\": \"all\"", "\"Route\": \"none\"", StringComparison.Ordinal), "'GET /x' failed: expected no route, got 'all'" },
    };

    [Theory]
    [MemberData(nameof(BadFiles))]
    public async Task BadFile_ChangesNothing_AndIsReportedOnce(string text, string problem)
    {
        Start();
        Write(text);
        for (int i = 0; i < 5; i++)
        {
            await _reloader.LookAsync();
        }

        _applied.Should().BeEmpty();
        _history.Status.Generation.Should().Be(1);
        _history.Status.Problems.Should().Contain(one => one.Contains(problem));
        _stderr.ToString().Split(problem).Should().HaveCount(2, "it is reported once, in the words of check");

        Write(Good);
        await _reloader.LookAsync();
        await _reloader.LookAsync();
        _history.Status.Problems.Should().BeEmpty("all is well again");
    }

    [Fact]
    public async Task FileThatIsGone_IsABadFile()
    {
        Start();
        File.Delete(Path.Combine(_directory.FullName, "gateway.json"));
        await _reloader.LookAsync();
        await _reloader.LookAsync();
        _history.Status.Problems.Should().Contain("gateway.json: the file does not exist");
    }

    [Fact]
    public async Task Files_AreLookedAtAtTheInterval()
    {
        Start();
        Write(Good + " ");
        _reloader.Start();
        await Eventually.BecomesAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(_history.Status.Generation);
            },
            static generation => generation == 2);
        _history.Status.Generation.Should().Be(2);
    }

    /// <summary>It could not be opened without waiting for somebody to write: that was the end of all reloads, and of leaving in order.</summary>
    [Fact]
    public async Task PipeInPlaceOfTheFile_IsRefused_AndTheNextFileIsTaken()
    {
        Start();
        string path = Path.Combine(_directory.FullName, "gateway.json");
        File.Delete(path);
        using (System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", [path]))
        {
            await make.WaitForExitAsync();
        }

        await _reloader.LookAsync();
        await _reloader.LookAsync();
        _history.Status.Problems.Should().Equal("gateway.json: the file is a pipe or a device, which can be read but once");

        File.Delete(path);
        Write(Good + " ");
        await _reloader.LookAsync();
        await _reloader.LookAsync();
        _history.Status.Generation.Should().Be(2);
    }

    [Fact]
    public async Task FileThatNeverSettles_IsTakenAfterAWhile()
    {
        Start();
        for (int i = 1; i <= 5; i++)
        {
            _history.Status.Generation.Should().Be(1);
            Write(Good + new string(' ', i));
            await _reloader.LookAsync();
        }

        _history.Status.Generation.Should().Be(2);
    }

    [Fact]
    public async Task ZeroInterval_LeavesTheFilesAlone_UntilAsked()
    {
        Start("\"ReloadInterval\": \"00:00:00\",");
        _reloader.Start();
        Write(Good);
        _clock.Advance(TimeSpan.FromHours(1));
        _applied.Should().BeEmpty();
        await _reloader.ReloadAsync();
        _applied.Should().ContainSingle();
    }

    [Fact]
    public async Task ConfigurationThatCannotBeApplied_IsRefusedLikeABadOne()
    {
        Start();
        _failure = new InvalidOperationException("no");
        await _reloader.ReloadAsync();
        (_history.Status.Generation, _history.Status.Problems[0]).Should().Be((1, "no"));
    }

    [Fact]
    public async Task WhoAsksForAReload_LearnsWhatBecameOfItsOwn()
    {
        Start();
        (await _reloader.ReloadAsync())!.Generation.Should().Be(2);
        Write("{");
        ReloadStatus refused = (await _reloader.ReloadAsync())!;
        (refused.Generation, refused.Problems.Count).Should().Be((2, 1));
    }

    /// <summary>It waited for its turn without end, or failed for what had been disposed of.</summary>
    [Fact]
    public async Task ReloadWhileItIsBeingDisposed_IsNotTried()
    {
        Start();
        var applying = new TaskCompletionSource();
        _held = applying.Task;
        Task<ReloadStatus?> first = _reloader.ReloadAsync(), second = _reloader.ReloadAsync();
        ValueTask disposing = _reloader.DisposeAsync();
        (await second).Should().BeNull();
        applying.SetResult();
        (await first)!.Generation.Should().Be(2);
        await disposing;
        (await _reloader.ReloadAsync()).Should().BeNull();
        _applied.Should().ContainSingle();
    }

    private void Start(string more = "")
    {
        Write(Good.Replace("\"Services\"", more + "\"Services\"", StringComparison.Ordinal));
        var inputs = new ConfigurationInputs(["gateway.json"], new Dictionary<string, string>(), []) { Directory = _directory.FullName };
        HostConfiguration running = ConfigurationLoader.Load(inputs).Configuration!;
        _reloader = new ConfigurationReloader(inputs, running, ConfigurationFingerprint.Of(inputs), ApplyAsync, _history, NullLogger.Instance, _stderr, _clock);
    }

    private async Task ApplyAsync(HostConfiguration configuration)
    {
        await _held;
        if (_failure is { } failure)
        {
            throw failure;
        }

        _applied.Add(configuration.Gateway);
    }

    private void Write(string text) => File.WriteAllText(Path.Combine(_directory.FullName, "gateway.json"), text);
}
