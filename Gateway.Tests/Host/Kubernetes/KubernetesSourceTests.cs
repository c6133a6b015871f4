using Gateway.Core.Backends;
using Gateway.Host.Kubernetes;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Host.Kubernetes;

public sealed class KubernetesSourceTests : IAsyncLifetime, IDisposable
{
    private static readonly DiscoveryOptions Discovery = new() { Kind = DiscoveryKind.Kubernetes, Service = "svc" };
    private static readonly (string, string, string) First = ("p1", "10.0.0.1", "ready"), Second = ("p2", "10.0.0.2", "ready");

    private readonly FakeTimeProvider _clock = new();
    private readonly ConfigurationFiles _files = new();
    private readonly List<FeedEvent> _events = [];
    private InstanceFeed _feed = null!;
    private FakeKubernetes _kubernetes = null!;
    private FollowedService? _followed;

    public async Task InitializeAsync()
    {
        _kubernetes = await FakeKubernetes.StartAsync();
        _feed = new InstanceFeed("product", _clock, (_, happened) =>
        {
            lock (_events)
            {
                _events.Add(happened);
            }
        });
        _kubernetes.Set(Slices.Of("a", "IPv4", 80, First));
    }

    public async Task DisposeAsync()
    {
        await (_followed?.DisposeAsync() ?? ValueTask.CompletedTask);
        _kubernetes.Wrong.Should().BeEmpty();
        await _kubernetes.DisposeAsync();
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task ListThenEvents_AreTakenIn()
    {
        await FollowAsync();
        await HeardAsync("http://10.0.0.1:80");
        _kubernetes.Set(Slices.Of("b", "IPv4", 80, Second));
        await HeardAsync("http://10.0.0.1:80", "http://10.0.0.2:80");
        _kubernetes.Set(Slices.Of("a", "IPv4", 81, First));
        await HeardAsync("http://10.0.0.1:81", "http://10.0.0.2:80");
        _kubernetes.Delete("a");
        await HeardAsync("http://10.0.0.2:80");
        _kubernetes.Delete("b");
        await HeardAsync();
        ExpectUndisturbed();
    }

    [Fact]
    public async Task WatchThatEnds_IsFollowedByOneFromWhereItWas()
    {
        await FollowAsync();
        _kubernetes.Set(Slices.Of("b", "IPv4", 80, Second));
        await HeardAsync("http://10.0.0.1:80", "http://10.0.0.2:80");
        _kubernetes.EndWatches();
        await UntilAsync(() => _kubernetes.Requests.Count == 3 && _kubernetes.Watches == 1);
        _kubernetes.Requests.Should().Equal("list", "watch 1001", "watch 1002");
        ExpectUndisturbed();
    }

    [Fact]
    public async Task Bookmark_MovesThePlace()
    {
        await FollowAsync();
        _kubernetes.Bookmark();
        _kubernetes.Bookmark();
        _kubernetes.EndWatches();
        await UntilAsync(() => _kubernetes.Requests.Count == 3);
        _kubernetes.Requests.Should().Equal("list", "watch 1001", "watch 1003");
        ExpectUndisturbed();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Gone_IsFollowedByAList_AndNothingIsLostMeanwhile(bool isInStream)
    {
        _kubernetes.TellsGoneInStream = isInStream;
        await FollowAsync();
        _kubernetes.Bookmark();
        _kubernetes.EndWatchesAfter(() =>
        {
            _kubernetes.Set(Slices.Of("b", "IPv4", 80, Second), isTold: false);
            _kubernetes.Forget();
        });
        await HeardAsync("http://10.0.0.1:80", "http://10.0.0.2:80");
        await UntilAsync(() => _kubernetes.Watches == 1);
        _kubernetes.Lists.Should().Be(2);
        lock (_events)
        {
            _events.Should().Equal(FeedEvent.Changed, FeedEvent.Changed);
        }
    }

    [Fact]
    public async Task GoneAgainAndAgain_IsAFailure_NotABusyLoop()
    {
        _kubernetes.ForgetsAtOnce = true;
        Begin();
        await FailedAsync("the API server does not know any more what it has just listed");
        _kubernetes.Lists.Should().Be(2);
        _feed.Instances.Should().ContainSingle();
    }

    [Fact]
    public async Task WatchesThatEndAtOnce_AreAFailure_NotABusyLoop()
    {
        _kubernetes.EndsWatchesAtOnce = true;
        Begin();
        await FailedAsync("the API server ended the watch as soon as it had begun");
        _kubernetes.Requests.Should().Equal("list", "watch 1001");
        _kubernetes.EndsWatchesAtOnce = false;
        await RecoverAsync();
    }

    [Fact]
    public async Task Silence_IsFollowedByAnotherWatch()
    {
        await FollowAsync();
        _clock.Advance(new KubernetesOptions().SilenceTimeout - TimeSpan.FromSeconds(1));
        _kubernetes.Bookmark();
        _kubernetes.Set(Slices.Of("b", "IPv4", 80, Second));
        await HeardAsync("http://10.0.0.1:80", "http://10.0.0.2:80");
        _clock.Advance(TimeSpan.FromSeconds(1));
        _kubernetes.Requests.Should().HaveCount(2, "a word begins the silence anew");

        await UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            return _kubernetes.Requests.Count >= 3;
        });
        _kubernetes.Requests.Take(3).Should().Equal("list", "watch 1001", "watch 1003");
    }

    [Theory]
    [InlineData("{\"type\":\"MODIFIED\",\"obj")]
    [InlineData("")]
    public async Task ConnectionThatBreaks_IsFollowedByAnotherWatch(string half)
    {
        await FollowAsync();
        _kubernetes.Bookmark();
        _kubernetes.Send(half);
        await UntilAsync(() => _feed.Answers >= 3);
        _kubernetes.EndWatches(isBroken: true);
        await UntilAsync(() => _kubernetes.Requests.Count == 3 && _kubernetes.Watches == 1);
        _kubernetes.Lists.Should().Be(1);
        ExpectUndisturbed();
    }

    [Theory]
    [InlineData("garbage\n", "an event of the watch is no such event")]
    [InlineData("null\n", "an event of the watch is null")]
    [InlineData("{\"type\":\"ADDED\"}\n", "an event of the watch has no object")]
    [InlineData("{\"type\":\"ERROR\",\"object\":{\"code\":500,\"message\":\"broken\"}}\n", "the watch ended with the error 500 (broken)")]
    public async Task WhatIsNoEvent_IsAFailure_AndAllBeginsAnew(string text, string failure)
    {
        await FollowAsync();
        _kubernetes.Send(text);
        await FailedAsync(failure);
        _feed.Instances.Should().ContainSingle("what was found stays");
        await RecoverAsync();
        _kubernetes.Lists.Should().BeGreaterThan(1);
    }

    [Fact]
    public async Task EventWithoutAnEnd_IsAFailure()
    {
        await FollowAsync();
        for (int i = 0; i < 6; i++)
        {
            _kubernetes.Send(new string('x', 1 << 20));
        }

        await FailedAsync($"an event of the watch is longer than {WatchLines.MaxLine} bytes");
    }

    [Fact]
    public async Task UnknownEvent_IsPassedOver()
    {
        await FollowAsync();
        _kubernetes.Send("{\"type\":\"NEWS\",\"object\":{\"metadata\":{\"resourceVersion\":\"1001\"}}}\n");
        _kubernetes.Set(Slices.Of("b", "IPv4", 80, Second));
        await HeardAsync("http://10.0.0.1:80", "http://10.0.0.2:80");
        ExpectUndisturbed();
    }

    [Fact]
    public async Task TokenThatIsReplaced_IsFoundOutByItself()
    {
        _files.Write("token", "old");
        _kubernetes.Token = "old";
        await FollowAsync();
        _kubernetes.Token = "new";
        _kubernetes.Bookmark();
        _kubernetes.EndWatches();
        _kubernetes.Set(Slices.Of("b", "IPv4", 80, Second), isTold: false);
        await FailedAsync("the API server answered 401 (Unauthorized); the token is not accepted, it is read anew each time");
        _files.Write("token", "new");
        await RecoverAsync();
        await HeardAsync("http://10.0.0.1:80", "http://10.0.0.2:80");
    }

    [Fact]
    public async Task ServerThatRefuses_IsAskedAgain_AndWhatWasFoundStaysForEver()
    {
        await FollowAsync();
        _kubernetes.Refuse([.. Enumerable.Repeat(500, 5)]);
        _kubernetes.Bookmark();
        _kubernetes.EndWatches();
        await FailedAsync("the API server answered 500 (etcdserver: request timed out)");
        _clock.Advance(TimeSpan.FromDays(1));
        _feed.Instances.Should().ContainSingle();
        await RecoverAsync();
        lock (_events)
        {
            _events.Should().Equal([FeedEvent.Changed, FeedEvent.Lost, FeedEvent.Found], "an outage is told once");
        }
    }

    private void Begin()
    {
        KubernetesOptions options = _kubernetes.Options with { TokenFile = _kubernetes.Token is null ? null : "token" };
        var source = new KubernetesSource(options, new KubernetesAccess(options, static _ => null, _files.Root), NullLogger.Instance, _clock);
        _followed = new FollowedService(_feed, source.FollowAsync, Discovery, _clock);
    }

    private async Task FollowAsync()
    {
        Begin();
        await UntilAsync(() => _kubernetes.Watches == 1 && _feed.Answers >= 2);
    }

    private Task HeardAsync(params string[] urls) => UntilAsync(() => _feed.Instances.Select(static instance => instance.Url).SequenceEqual(urls));

    private async Task FailedAsync(string failure) =>
        (await Eventually.BecomesAsync(() => Task.FromResult(_feed.Failure), static value => value is not null)).Should().Be(failure);

    private Task RecoverAsync() => UntilAsync(() =>
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        return _feed.Failure is null;
    });

    private void ExpectUndisturbed()
    {
        lock (_events)
        {
            _events.Should().OnlyContain(static happened => happened == FeedEvent.Changed);
        }
    }

    private static async Task UntilAsync(Func<bool> isSo) =>
        (await Eventually.BecomesAsync(() => Task.FromResult(isSo()), static value => value)).Should().BeTrue();
}
