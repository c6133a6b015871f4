using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.RateLimiting;

public sealed class StoreLinkTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<Exception?> _told = [];
    private readonly ModelStore _store;
    private readonly StoreLink _link;
    private readonly SharedSize _size;

    public StoreLinkTests()
    {
        _store = ModelStore.On(_clock);
        _store.Replicas = 3;
        _link = Link();
        _size = new SharedSize(new BucketSize("p", 0, 100, 1, _clock), refillPerSecond: 1, "p");
    }

    [Fact]
    public void AtTheStart_ItCountsAsThere()
    {
        _link.State.Should().Be(new LinkState(IsUp: true, MayWait: true, Replicas: 3, StoreFailureMode.Local));
        _link.Answered.Value.Should().Be(1);
    }

    [Fact]
    public void ThreeFailures_ItIsAwayAndThatIsToldOnce()
    {
        _store.Failure = new TimeoutException("gone");
        Ask(2);
        _link.State.IsUp.Should().BeTrue();
        Ask(3);
        (_link.State.IsUp, _link.State.MayWait, _link.State.Replicas).Should().Be((false, false, 3));
        _told.Should().Equal(_store.Failure);
        _link.Unanswered.Value.Should().Be(5);
    }

    [Fact]
    public void AnAnswerBetweenFailures_StartsTheCountAnew()
    {
        _store.Failure = new TimeoutException("gone");
        Ask(2);
        _store.Failure = null;
        Ask(1);
        _store.Failure = new TimeoutException("gone");
        Ask(2);
        _link.State.IsUp.Should().BeTrue();
    }

    [Fact]
    public async Task Away_OneCallABeatAsksWhetherItIsBack()
    {
        _store.Failure = new TimeoutException("gone");
        Ask(3);
        _store.Failure = null;
        await RealTime.UntilAsync(
            () =>
            {
                _clock.Advance(StoreLink.Beat / 4);
                return _link.State.IsUp;
            },
            TimeSpan.FromSeconds(30));
        _link.State.MayWait.Should().BeTrue();
        _told.Should().HaveCount(2).And.EndWith((Exception?)null);
    }

    [Fact]
    public async Task ThreeLateAnswers_NobodyWaitsUntilOneIsInTime()
    {
        for (int i = 0; i < StoreLink.Failures; i++)
        {
            _store.Held = new TaskCompletionSource();
            Ask(1);
            _clock.Advance(StoreLink.Patience * 2);
            _store.Held.SetResult();
            await QuietAsync();
        }

        (_link.State.IsUp, _link.State.MayWait).Should().Be((true, false));
        _store.Held = null;
        Ask(1);
        _link.State.MayWait.Should().BeTrue();
    }

    [Fact]
    public async Task NoAnswerInTime_IsAFailure()
    {
        _store.Held = new TaskCompletionSource();
        Ask(StoreLink.Failures);
        _clock.Advance(StoreLink.Timeout);
        await QuietAsync();
        _link.State.IsUp.Should().BeFalse();
        _store.Held.SetResult();
    }

    [Fact]
    public async Task LastOwnerGone_GivesBackAndEndsTheStore()
    {
        var bucket = new LeasedBucket();
        _link.Ask(bucket, _size, new RateLimitKey(1), new BucketAsk(10, 0, 0), isAwaited: true);
        await _link.Share().DisposeAsync();
        _store.IsDisposed.Should().BeFalse();
        await _link.DisposeAsync();
        _store.IsDisposed.Should().BeTrue();
        _store.Calls.Should().Be(2);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (!_store.IsDisposed)
        {
            await _link.DisposeAsync();
        }
    }

    private StoreLink Link() => new(_store, StoreFailureMode.Local, _clock, _told.Add);

    private void Ask(int times)
    {
        for (int i = 0; i < times; i++)
        {
            _link.Ask(new LeasedBucket(), _size, new RateLimitKey(1), new BucketAsk(1, 0, 0), isAwaited: true);
        }
    }

    private async Task QuietAsync()
    {
        while (_link.UnderWay > 0)
        {
            await Task.Yield();
        }
    }
}
