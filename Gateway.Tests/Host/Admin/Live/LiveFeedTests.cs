using System.Text;
using System.Threading.Channels;
using Gateway.Host.Admin.Live;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Host.Admin.Live;

public sealed class LiveFeedTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly LiveFeed _feed;
    private readonly List<Exception> _failures = [];
    private Exception? _failure;
    private int _made;

    public LiveFeedTests() => _feed = Feed();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _feed.DisposeAsync();

    [Fact]
    public void BeforeTheStart_ThereIsNothing()
    {
        _feed.Last().Should().BeNull();
        _feed.Latest.Should().BeNull();
    }

    [Fact]
    public async Task EachSecond_OneIsMadeForAllViewers()
    {
        _feed.Start();
        Channel<byte[]>[] viewers = [.. Enumerable.Range(0, 3).Select(_ => _feed.Watch()!.Value.Snapshots)];
        for (int second = 2; second <= 5; second++)
        {
            _clock.Advance(LiveFeed.Interval);
            await MadeAsync(second);
            byte[][] read = [.. viewers.Select(static viewer => viewer.Reader.TryRead(out byte[]? snapshot) ? snapshot : [])];
            read.Should().OnlyContain(snapshot => ReferenceEquals(snapshot, read[0]), "it is written once");
            Encoding.UTF8.GetString(read[0]).Should().Contain($"\"errors_total\":{second}");
        }
    }

    [Fact]
    public async Task SlowViewer_GetsTheLatest()
    {
        _feed.Start();
        Channel<byte[]> viewer = _feed.Watch()!.Value.Snapshots;
        for (int second = 2; second <= 4; second++)
        {
            _clock.Advance(LiveFeed.Interval);
            await MadeAsync(second);
        }

        viewer.Reader.TryRead(out byte[]? snapshot).Should().BeTrue();
        Encoding.UTF8.GetString(snapshot!).Should().Contain("\"errors_total\":4");
        viewer.Reader.TryRead(out _).Should().BeFalse();
    }

    [Fact]
    public void Viewers_AreAsManyAsMayBe_AndWhoLeavesMakesRoom()
    {
        _feed.Start();
        Channel<byte[]>[] viewers = [.. Enumerable.Range(0, LiveFeed.MostViewers).Select(_ => _feed.Watch()!.Value.Snapshots)];
        _feed.Watch().Should().BeNull();
        _feed.Leave(viewers[3]);
        _feed.Watch().Should().NotBeNull();
    }

    [Fact]
    public async Task History_IsTheLastFiveMinutes()
    {
        _feed.Start();
        for (int second = 2; second <= LiveHistory.Most + 10; second++)
        {
            _clock.Advance(LiveFeed.Interval);
            await MadeAsync(second);
        }

        string history = Encoding.UTF8.GetString(_feed.Watch()!.Value.History);
        history.Should().StartWith("{\"step_seconds\":1,\"points\":[[1767225610,");
        history.Split("],[").Should().HaveCount(LiveHistory.Most);
    }

    [Fact]
    public async Task Refreshed_ANewOneComesAtOnce_AndIsNoPoint()
    {
        _feed.Start();
        await MadeAsync(1);
        Channel<byte[]> viewer = _feed.Watch()!.Value.Snapshots;
        viewer.Reader.TryRead(out _);
        _feed.Refresh();
        viewer.Reader.TryRead(out _).Should().BeTrue();
        Encoding.UTF8.GetString(_feed.Watch()!.Value.History).Should().NotContain("],[");
    }

    [Fact]
    public async Task OneThatCannotBeMade_IsTold_AndTheNextIsTriedAgain()
    {
        _feed.Start();
        await MadeAsync(1);
        _failure = new InvalidOperationException("no");
        _feed.Refresh();
        _failures.Should().Equal(_failure);
        _feed.Latest!.ErrorsTotal.Should().Be(1, "the one before stays");
        _failure = null;
        _clock.Advance(LiveFeed.Interval);
        await MadeAsync(2);
    }

    [Fact]
    public async Task End_LetsTheViewersGo()
    {
        _feed.Start();
        Channel<byte[]> viewer = _feed.Watch()!.Value.Snapshots;
        await _feed.DisposeAsync();
        await _feed.DisposeAsync();
        viewer.Reader.TryRead(out _);
        await viewer.Reader.Completion.WaitAsync(TimeSpan.FromSeconds(10));
        _feed.Watch().Should().BeNull();
    }

    private LiveFeed Feed() => new(Make, _clock, _failures.Add);

    private async Task MadeAsync(int count)
    {
        await RealTime.UntilAsync(() => Volatile.Read(ref _made) >= count && _feed.Latest?.ErrorsTotal >= count, TimeSpan.FromSeconds(10));
        Volatile.Read(ref _made).Should().Be(count);
    }

    private LiveSnapshot Make()
    {
        if (_failure is not null)
        {
            throw _failure;
        }

        int made = Interlocked.Increment(ref _made);
        return LiveSnapshotTests.Empty(_clock.GetUtcNow()) with { ErrorsTotal = made };
    }
}
