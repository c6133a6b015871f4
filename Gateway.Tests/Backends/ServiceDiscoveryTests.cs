using System.Collections.Concurrent;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Backends;

public sealed class ServiceDiscoveryTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ConcurrentDictionary<string, InstanceFeed> _feeds = new();
    private readonly ConcurrentQueue<string> _stopped = new();
    private readonly ServiceDiscovery _discovery;
    private int _applied;

    public ServiceDiscoveryTests() => _discovery = new ServiceDiscovery(
        new Dictionary<string, InstanceSource> { [nameof(DiscoveryKind.Dns)] = FollowAsync }, _clock, static (_, _) => { });

    public ValueTask DisposeAsync() => _discovery.DisposeAsync();

    [Fact]
    public async Task ServicesThatListTheirInstances_AreLeftAlone()
    {
        Dictionary<string, ServiceOptions> services = new() { ["a"] = Given.ServiceOptions(1) };
        _discovery.Expect(services);
        _discovery.IsStarting.Should().BeFalse();
        await _discovery.FollowAsync(services);
        _discovery.Found("a", services["a"]).Should().BeSameAs(services["a"]);
        _discovery.FeedOf("a", services["a"]).Should().BeNull();
        _feeds.Should().BeEmpty();
    }

    [Fact]
    public async Task Start_IsOverWithEveryFirstAnswer_OnceItIsInForce()
    {
        Begin("a", "b");
        await FeedsAsync(2);
        _feeds["a"].Report([new DiscoveredInstance("http://10.0.0.1")]);
        _discovery.IsStarting.Should().BeTrue();
        _feeds["b"].Report([]);
        await UntilAsync(() => !_discovery.IsStarting);
        _applied.Should().Be(1);
    }

    [Fact]
    public async Task Start_WaitsNoLongerThanIsSaid()
    {
        Begin("a");
        await FeedsAsync(1);
        await UntilAsync(() =>
        {
            _clock.Advance(new DiscoveryOptions().StartTimeout);
            return !_discovery.IsStarting;
        });
        _discovery.Found("a", Of("a")["a"]).Instances.Should().BeEmpty();
    }

    [Fact]
    public async Task ChangesThatComeTogether_AreAppliedOnce_SoonAfterTheFirst()
    {
        Begin("a", "b");
        await FeedsAsync(2);
        _feeds["a"].Report([]);
        _feeds["b"].Report([]);
        await UntilAsync(() => !_discovery.IsStarting);
        int before = _applied;

        _feeds["a"].Report([new DiscoveredInstance("http://10.0.0.1")]);
        _feeds["b"].Report([new DiscoveredInstance("http://10.0.0.2")]);
        _feeds["a"].Report([new DiscoveredInstance("http://10.0.0.3")]);
        await UntilAsync(() =>
        {
            _clock.Advance(ServiceDiscovery.Gathering);
            return _applied > before;
        });

        _applied.Should().Be(before + 1);
        _discovery.Found("a", Of("a")["a"]).Instances.Single().Url.Should().Be("http://10.0.0.3");
    }

    [Fact]
    public async Task ServiceWhoseDiscoveryStays_KeepsWhatWasFound_AndTheOthersEnd()
    {
        Begin("a", "b");
        await FeedsAsync(2);
        _feeds["a"].Report([new DiscoveredInstance("http://10.0.0.1")]);
        InstanceFeed first = _feeds["a"];

        Dictionary<string, ServiceOptions> next = Of("a", "c");
        next["a"] = next["a"] with { Http2 = true };
        Task waiting = _discovery.FollowAsync(next);
        await FeedsAsync(3);
        _discovery.Found("b", Of("b")["b"]).Should().NotBeNull();
        _stopped.Should().BeEmpty("until the next configuration is in force the one before needs them");
        _feeds["c"].Report([]);
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        await _discovery.KeepAsync(next);

        await UntilAsync(() => _stopped.SequenceEqual(["b"]));
        _discovery.FeedOf("a", next["a"]).Should().BeSameAs(first);
        _discovery.Found("a", next["a"]).Instances.Should().ContainSingle();
        _discovery.FeedOf("b", Of("b")["b"]).Should().BeNull();
    }

    [Fact]
    public void KindWithoutASource_IsRefused()
    {
        Dictionary<string, ServiceOptions> services = new()
        {
            ["a"] = new ServiceOptions { Discovery = new DiscoveryOptions { Kind = DiscoveryKind.Kubernetes, Service = "a" } },
        };
        FluentActions.Invoking(() => _discovery.Expect(services)).Should().Throw<ArgumentException>().WithMessage("*'a'*Kubernetes*");
        FluentActions.Invoking(() => { _ = _discovery.FollowAsync(services); }).Should().Throw<ArgumentException>();
    }

    [Fact]
    public async Task Dispose_EndsTheSources_AndMayComeTwice()
    {
        Begin("a");
        await FeedsAsync(1);
        await _discovery.DisposeAsync();
        await _discovery.DisposeAsync();
        await UntilAsync(() => _stopped.SequenceEqual(["a"]));
    }

    private static Dictionary<string, ServiceOptions> Of(params string[] names) => names.ToDictionary(
        static name => name, static name => new ServiceOptions { Discovery = new DiscoveryOptions { Kind = DiscoveryKind.Dns, Url = "http://" + name } });

    private void Begin(params string[] names)
    {
        _discovery.Expect(Of(names));
        _discovery.IsStarting.Should().BeTrue();
        _discovery.Start(Of(names), () =>
        {
            Interlocked.Increment(ref _applied);
            return Task.CompletedTask;
        });
    }

    private async Task FollowAsync(DiscoveryOptions discovery, InstanceFeed feed, CancellationToken stop)
    {
        _feeds[feed.Service] = feed;
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
        }
        finally
        {
            _stopped.Enqueue(feed.Service);
        }
    }

    private Task FeedsAsync(int count) => UntilAsync(() => _feeds.Count == count);

    private static async Task UntilAsync(Func<bool> isSo) =>
        (await Eventually.BecomesAsync(() => Task.FromResult(isSo()), static value => value)).Should().BeTrue();
}
