using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.RateLimiting;

/// <summary>Gateways that share a store, as their requests see it.</summary>
public sealed class SharedBucketsTests : IAsyncLifetime
{
    private static readonly RateLimitKey Key = new(1);

    private readonly FakeTimeProvider _clock = new();
    private readonly List<StoreLink> _links = [];
    private readonly ModelStore _store;

    public SharedBucketsTests() => _store = ModelStore.On(_clock);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (StoreLink link in _links)
        {
            await link.DisposeAsync();
        }

        await _store.DisposeAsync();
    }

    [Fact]
    public async Task TwoGateways_ShareABucket()
    {
        RateLimiter one = await LimiterAsync(capacity: 5, rate: 1), other = await LimiterAsync(capacity: 5, rate: 1);
        int allowed = 0;
        for (int i = 0; i < 5; i++)
        {
            allowed += await TakeAsync(one) == LimitVerdict.Allowed ? 1 : 0;
            allowed += await TakeAsync(other) == LimitVerdict.Allowed ? 1 : 0;
        }

        allowed.Should().Be(5);
        one.Allowed(LimitSource.Store).Value.Should().BeGreaterThan(0);
        other.Refused(LimitSource.Store).Value.Should().BeGreaterThan(0);
    }

    [Fact]
    public async Task UsedUp_RefusesWithoutAskingUntilATokenIsDue()
    {
        RateLimiter limiter = await LimiterAsync(capacity: 2, rate: 0.5);
        await TakeAsync(limiter);
        await TakeAsync(limiter);
        (await TakeAsync(limiter)).Should().Be(LimitVerdict.Refused);
        int calls = _store.Calls;
        for (int i = 0; i < 100; i++)
        {
            TryTake(limiter, out BucketState state).Should().Be(LimitVerdict.Refused);
            limiter.Size.SecondsOf(state.UntilToken).Should().Be(2);
        }

        _store.Calls.Should().Be(calls);
        _clock.Advance(TimeSpan.FromSeconds(2));
        (await TakeAsync(limiter)).Should().Be(LimitVerdict.Allowed);
    }

    [Fact]
    public async Task LeasedKey_AnswersWithoutTheStore()
    {
        RateLimiter limiter = await LimiterAsync(capacity: 10_000, rate: 10_000);
        await WarmAsync(limiter, perSecond: 400, seconds: 1);
        _store.Held = new TaskCompletionSource();
        TryTake(limiter, out BucketState state).Should().Be(LimitVerdict.Allowed);
        state.Source.Should().Be(LimitSource.Store);
        _store.Held.SetResult();
    }

    [Theory]
    [InlineData(200)]
    [InlineData(1_000)]
    public async Task SteadyTraffic_AsksAtMostOnceForTwentyRequests(int perSecond)
    {
        RateLimiter limiter = await LimiterAsync(capacity: 10_000, rate: 10_000);
        await WarmAsync(limiter, perSecond, seconds: 2);
        int before = _store.Calls;
        await WarmAsync(limiter, perSecond, seconds: 10);
        ((_store.Calls - before) / (10.0 * perSecond)).Should().BeLessThan(0.05);
    }

    [Fact]
    public async Task AnyTraffic_NeverAsksMoreOftenThanThereAreRequests()
    {
        RateLimiter limiter = await LimiterAsync(capacity: 100, rate: 5);
        var random = new Random(7);
        int requests = 0;
        for (int i = 0; i < 3_000; i++)
        {
            await TakeAsync(limiter, new RateLimitKey((uint)random.Next(20)));
            requests++;
            _clock.Advance(TimeSpan.FromMilliseconds(random.Next(random.Next(2) == 0 ? 3 : 400)));
            await QuietAsync();
            _store.Calls.Should().BeLessThanOrEqualTo(requests);
        }
    }

    [Fact]
    public async Task UnusedLease_GoesBack()
    {
        RateLimiter one = await LimiterAsync(capacity: 1_000, rate: 0.01);
        for (int i = 0; i < 8; i++)
        {
            await TakeAsync(one);
        }

        // Its lease ends unspent; a beat after that notices.
        int calls = _store.Calls;
        await BeatUntilAsync(() => _store.Calls > calls);
        await QuietAsync();
        (await _store.LeaseAsync(new BucketLeaseRequest("p", Key.Value, 1_000, 0.01, Want: 0, Debt: 0)))
            .Remaining.Should().Be(992);
    }

    [Fact]
    public async Task StoreFails_ThreeCallsLater_EachDecidesByItsShare()
    {
        _store.Replicas = 4;
        RateLimiter limiter = await LimiterAsync(capacity: 40, rate: 4);
        _store.Failure = new TimeoutException("gone");
        int allowed = 0;
        for (int i = 0; i < 100; i++)
        {
            allowed += await TakeAsync(limiter) == LimitVerdict.Allowed ? 1 : 0;
        }

        allowed.Should().Be(10, "four gateways were seen");
        _links[0].State.IsUp.Should().BeFalse();
        limiter.Refused(LimitSource.Fallback).Value.Should().Be(90);
        int calls = _store.Calls;
        TryTake(limiter, out _);
        _store.Calls.Should().Be(calls, "it is known to be away");
    }

    [Theory]
    [InlineData(StoreFailureMode.Allow, (int)LimitVerdict.Allowed)]
    [InlineData(StoreFailureMode.Deny, (int)LimitVerdict.Refused)]
    public async Task StoreFails_TheOptionDecides(StoreFailureMode mode, int verdict)
    {
        RateLimiter limiter = await LimiterAsync(capacity: 1, rate: 0.01, mode);
        _store.Failure = new TimeoutException("gone");
        for (int i = 0; i < 10; i++)
        {
            (await TakeAsync(limiter)).Should().Be((LimitVerdict)verdict);
        }
    }

    [Fact]
    public async Task StoreComesBack_IsAskedAgainAndChargedWithWhatWasSpent()
    {
        RateLimiter limiter = await LimiterAsync(capacity: 10, rate: 0.01);
        _store.Failure = new TimeoutException("gone");
        for (int i = 0; i < 4; i++)
        {
            (await TakeAsync(limiter)).Should().Be(LimitVerdict.Allowed);
        }

        _store.Failure = null;
        await BeatUntilAsync(() => _links[0].State.IsUp);
        int allowed = 0;
        for (int i = 0; i < 20; i++)
        {
            allowed += await TakeAsync(limiter) == LimitVerdict.Allowed ? 1 : 0;
        }

        allowed.Should().Be(6);
    }

    [Fact]
    public async Task OneRequestsFailedCall_IsNotRepeated()
    {
        RateLimiter limiter = await LimiterAsync(capacity: 10, rate: 1);
        _store.Failure = new TimeoutException("gone");
        await TakeAsync(limiter);
        _store.Calls.Should().Be(1);
        _links[0].State.IsUp.Should().BeTrue("one bucket's failure is not the store's");
    }

    [Fact]
    public async Task StoreHangs_ARequestWaitsFiveMilliseconds()
    {
        RateLimiter limiter = await LimiterAsync(capacity: 10, rate: 1);
        _store.Held = new TaskCompletionSource();
        TryTake(limiter, out _).Should().Be(LimitVerdict.MustAsk);
        ValueTask<(LimitVerdict Verdict, BucketState State)> waiting = limiter.TakeWhenAnsweredAsync(Key, limiter.Size, StoreLink.Patience);
        _clock.Advance(StoreLink.Patience - TimeSpan.FromMilliseconds(1));
        waiting.IsCompleted.Should().BeFalse();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        (LimitVerdict verdict, BucketState state) = await waiting;
        (verdict, state.Source).Should().Be((LimitVerdict.Allowed, LimitSource.Fallback));
        _store.Held.SetResult();
    }

    [Fact]
    public async Task LeasedDecision_AllocatesNothing()
    {
        ModelStore store = ModelStore.On(TimeProvider.System);
        await using var link = new StoreLink(store, StoreFailureMode.Local, TimeProvider.System, static _ => { });
        var limiter = new RateLimiter(
            "p", new() { Capacity = 1_000_000_000, RefillPerSecond = 10_000_000 }, new() { Kind = RateLimitStoreKind.Redis }, TimeProvider.System, link);
        long until = TimeProvider.System.GetTimestamp() + (TimeProvider.System.TimestampFrequency / 2);
        while (TimeProvider.System.GetTimestamp() < until)
        {
            if (limiter.Take(Key, limiter.Size, TimeProvider.System.GetTimestamp(), out _) == LimitVerdict.MustAsk)
            {
                await limiter.TakeWhenAnsweredAsync(Key, limiter.Size, StoreLink.Patience);
            }
        }

        // Held: so no call under way allocates beside it.
        store.Held = new TaskCompletionSource();
        Allocations.Of(() => limiter.Take(Key, limiter.Size, TimeProvider.System.GetTimestamp(), out _)).Should().Be(0);
        store.Held.SetResult();
    }

    private async Task<RateLimiter> LimiterAsync(long capacity, double rate, StoreFailureMode mode = StoreFailureMode.Local)
    {
        var link = new StoreLink(_store, mode, _clock, static _ => { });
        _links.Add(link);
        await QuietAsync();
        return new RateLimiter("p", new() { Capacity = capacity, RefillPerSecond = rate }, new() { Kind = RateLimitStoreKind.Redis }, _clock, link);
    }

    private async Task WarmAsync(RateLimiter limiter, int perSecond, int seconds)
    {
        for (int i = 0; i < perSecond * seconds; i++)
        {
            (await TakeAsync(limiter)).Should().Be(LimitVerdict.Allowed);
            _clock.Advance(TimeSpan.FromSeconds(1.0 / perSecond));
            await QuietAsync();
        }
    }

    private LimitVerdict TryTake(RateLimiter limiter, out BucketState state, RateLimitKey? key = null) =>
        limiter.Take(key ?? Key, limiter.Size, _clock.GetTimestamp(), out state);

    private async Task<LimitVerdict> TakeAsync(RateLimiter limiter, RateLimitKey? key = null)
    {
        LimitVerdict verdict = TryTake(limiter, out _, key);
        if (verdict == LimitVerdict.MustAsk)
        {
            (verdict, _) = await limiter.TakeWhenAnsweredAsync(key ?? Key, limiter.Size, StoreLink.Patience);
        }

        await QuietAsync();
        return verdict;
    }

    private async Task BeatUntilAsync(Func<bool> isSo)
    {
        await RealTime.UntilAsync(
            () =>
            {
                _clock.Advance(StoreLink.Beat / 4);
                return isSo();
            },
            TimeSpan.FromSeconds(30));
        isSo().Should().BeTrue();
    }

    /// <summary>Until no call is under way.</summary>
    private async Task QuietAsync()
    {
        while (_links.Any(static link => link.UnderWay > 0))
        {
            await Task.Yield();
        }
    }
}
