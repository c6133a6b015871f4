using Gateway.Core.Backends;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Backends;

public sealed class InstanceFeedTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<FeedEvent> _events = [];
    private readonly InstanceFeed _feed;

    public InstanceFeedTests() => _feed = new InstanceFeed("svc", _clock, (_, happened) => _events.Add(happened));

    private IEnumerable<string> Urls => _feed.Instances.Select(static instance => instance.Url);

    [Fact]
    public void Answer_IsTakenInTheOrderOfAddresses()
    {
        _feed.Answered.IsCompleted.Should().BeFalse();
        _feed.Report([Ready("http://b") with { Weight = 3, Authority = "name" }, Ready("http://a")]);

        _feed.Instances.Should().Equal(
            new InstanceOptions { Url = "http://a" }, new InstanceOptions { Url = "http://b", Weight = 3, Authority = "name" });
        _feed.Answered.IsCompleted.Should().BeTrue();
        _events.Should().Equal(FeedEvent.Changed);
    }

    [Fact]
    public void SameAnswerInAnotherOrder_ChangesNothing()
    {
        _feed.Report([Ready("http://a"), Ready("http://b")]);
        IReadOnlyList<InstanceOptions> before = _feed.Instances;
        _feed.Report([Ready("http://b"), Ready("http://a")]);

        _feed.Instances.Should().BeSameAs(before);
        _events.Should().Equal(FeedEvent.Changed);
    }

    [Fact]
    public void ThoseThatDrain_AreLeftOut_WhileAnybodyIsReady()
    {
        _feed.Report([Draining("http://a"), Ready("http://b")]);
        Urls.Should().Equal("http://b");
        _feed.Report([Draining("http://a"), Draining("http://b")]);
        Urls.Should().Equal("http://a", "http://b");
    }

    [Fact]
    public void AddressThatIsThereTwice_IsTheReadyOne()
    {
        _feed.Report([Draining("http://a:80"), Ready("http://A/"), Ready("http://b")]);
        Urls.Should().Equal("http://A/", "http://b");
    }

    [Fact]
    public void NoInstances_AreAnAnswerToo()
    {
        _feed.Report([Ready("http://a")]);
        _feed.Report([]);
        Urls.Should().BeEmpty();
        _events.Should().Equal(FeedEvent.Changed, FeedEvent.Changed);
    }

    [Theory]
    [InlineData(1_000, 1_000)]
    [InlineData(1_001, 1_000)]
    public void Instances_HaveABound(int found, int taken)
    {
        _feed.Report([.. Enumerable.Range(0, found).Select(static number => Ready($"http://host-{number:0000}"))]);
        Urls.Should().HaveCount(taken).And.NotContain("http://host-1000");
    }

    [Theory]
    [InlineData("10.0.0.1:80", 1)]
    [InlineData("http://a/path", 1)]
    [InlineData("http://a", 0)]
    [InlineData("http://a", 10_001)]
    public void WhatIsNoInstance_IsRefused_AndChangesNothing(string url, int weight)
    {
        _feed.Report([Ready("http://a")]);
        FluentActions.Invoking(() => _feed.Report([new DiscoveredInstance(url) { Weight = weight }])).Should().Throw<ArgumentException>();
        Urls.Should().Equal("http://a");
    }

    [Fact]
    public void Failure_KeepsTheLastAnswer_AndIsToldOnce_UntilItIsOver()
    {
        _feed.Report([Ready("http://a")]);
        _feed.ReportFailure("away");
        _feed.ReportFailure("still away");
        Urls.Should().Equal("http://a");
        _feed.Failure.Should().Be("still away");

        _feed.Report([Ready("http://a")]);
        _feed.Failure.Should().BeNull();
        _events.Should().Equal(FeedEvent.Changed, FeedEvent.Lost, FeedEvent.Found);
    }

    [Fact]
    public void Staleness_CountsFromTheLastWord_AndIsZeroWhileSomethingIsHeard()
    {
        _clock.Advance(TimeSpan.FromSeconds(3));
        _feed.Staleness.Should().Be(TimeSpan.FromSeconds(3), "nothing has been heard yet");
        _feed.Report([]);
        _clock.Advance(TimeSpan.FromSeconds(5));
        _feed.Staleness.Should().Be(TimeSpan.Zero);
        _feed.ReportFailure("away");
        _clock.Advance(TimeSpan.FromHours(1));
        _feed.Staleness.Should().Be(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(5));
        _feed.Report([]);
        _feed.Staleness.Should().Be(TimeSpan.Zero);
    }

    private static DiscoveredInstance Ready(string url) => new(url);

    private static DiscoveredInstance Draining(string url) => new(url) { State = DiscoveredState.Draining };
}
