using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Backends;

public sealed class FollowedServiceTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly InstanceFeed _feed;
    private int _runs;

    public FollowedServiceTests() => _feed = new InstanceFeed("svc", _clock, static (_, _) => { });

    [Fact]
    public async Task SourceThatThrows_IsRunAgain_AndItsAnswerStays()
    {
        await using FollowedService followed = Follow((feed, run) =>
        {
            feed.Report([new DiscoveredInstance("http://a")]);
            throw new InvalidOperationException($"failure {run}");
        });
        await RunsAsync(3);
        _feed.Failure.Should().StartWith("failure ");
        _feed.Instances.Should().ContainSingle();
    }

    [Fact]
    public async Task SourceThatEnds_HasFailed()
    {
        await using FollowedService followed = Follow(static (_, _) => Task.CompletedTask);
        await RunsAsync(2);
        _feed.Failure.Should().Be("the source has ended");
    }

    [Fact]
    public async Task SourceThatIsDeafToItsStop_HoldsNobodyUp()
    {
        FollowedService followed = Follow(static (_, _) => new TaskCompletionSource().Task);
        await RunsAsync(1);
        await followed.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        _feed.Failure.Should().BeNull("it was stopped, and has not failed");
    }

    [Theory]
    [InlineData(1, 1, 1_000)]
    [InlineData(1, 0.5, 500)]
    [InlineData(2, 1, 2_000)]
    [InlineData(5, 1, 16_000)]
    [InlineData(6, 1, 30_000)]
    [InlineData(int.MaxValue, 1, 30_000)]
    [InlineData(int.MaxValue, 0, 100)]
    [InlineData(1, 0, 100)]
    public void Pause_IsARandomPartOfWhatDoubles_AndHasBounds(int failures, double chance, int milliseconds) =>
        FollowedService.PauseAfter(failures, chance).Should().Be(TimeSpan.FromMilliseconds(milliseconds));

    private FollowedService Follow(Func<InstanceFeed, int, Task> source) => new(_feed, (discovery, feed, _) =>
    {
        discovery.Url.Should().Be("http://name");
        return source(feed, Interlocked.Increment(ref _runs));
    }, new DiscoveryOptions { Kind = DiscoveryKind.Dns, Url = "http://name" }, _clock);

    private async Task RunsAsync(int count) => (await Eventually.BecomesAsync(() =>
    {
        _clock.Advance(FollowedService.LongestPause);
        return Task.FromResult(Volatile.Read(ref _runs));
    }, runs => runs >= count)).Should().BeGreaterThanOrEqualTo(count);
}
