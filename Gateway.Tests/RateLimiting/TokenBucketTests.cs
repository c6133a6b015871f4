using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.RateLimiting;

public sealed class TokenBucketTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly TokenBucket _bucket = new();

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(1_000)]
    public void FreshBucket_GivesItsCapacityAndNoMore(int capacity)
    {
        BucketSize size = Size(capacity, 1);
        for (int left = capacity - 1; left >= 0; left--)
        {
            Take(size, out BucketState state).Should().BeTrue();
            state.Remaining.Should().Be(left);
        }

        Take(size, out BucketState refused).Should().BeFalse();
        refused.Remaining.Should().Be(0);
    }

    [Theory]
    [InlineData(1.0, 1)]
    [InlineData(0.5, 2)]
    [InlineData(0.7, 2)]
    [InlineData(0.3, 4)]
    [InlineData(1.0 / 86_400, 86_400)]
    public void Refused_AfterTheSecondsItNames_ExactlyOneTokenIsThere(double refill, int seconds)
    {
        BucketSize size = Size(3, refill);
        Drain(size);
        Take(size, out BucketState refused);

        size.SecondsOf(refused.UntilToken).Should().Be(seconds);
        _clock.Advance(TimeSpan.FromSeconds(seconds));

        Take(size, out _).Should().BeTrue();
        Take(size, out _).Should().BeFalse();
    }

    [Theory]
    [InlineData(4)]
    [InlineData(1_000)]
    [InlineData(0.25)]
    public void Token_ComesBackWhenItIsDueAndNotBefore(double refill)
    {
        BucketSize size = Size(2, refill);
        Drain(size);

        _clock.Advance(TimeSpan.FromSeconds(1 / refill) - TimeSpan.FromTicks(1));
        Take(size, out _).Should().BeFalse();
        _clock.Advance(TimeSpan.FromTicks(1));
        Take(size, out _).Should().BeTrue();
    }

    [Fact]
    public void Tokens_ComeBackOneByOne()
    {
        BucketSize size = Size(10, 2);
        Drain(size);

        _clock.Advance(TimeSpan.FromSeconds(2));

        for (long left = 3; left >= 0; left--)
        {
            Take(size, out BucketState state).Should().BeTrue();
            state.Remaining.Should().Be(left);
        }

        Take(size, out _).Should().BeFalse();
    }

    [Fact]
    public void LongRest_FillsNoFurtherThanTheCapacity()
    {
        BucketSize size = Size(5, 100);
        Drain(size);

        _clock.Advance(TimeSpan.FromDays(400));

        Drain(size).Should().Be(5);
    }

    [Fact]
    public void State_SaysWhenTheBucketIsFullAgain()
    {
        BucketSize size = Size(10, 2);
        Take(size, out _);
        Take(size, out BucketState state);
        size.SecondsOf(state.UntilFull).Should().Be(1);

        _clock.Advance(TimeSpan.FromSeconds(1));
        Take(size, out BucketState later);

        later.Remaining.Should().Be(9);
        later.UntilFull.Should().Be(size.Interval);
    }

    [Fact]
    public void TimeGoingBackwards_GivesNothingTwice()
    {
        var clock = new TickingClock(1_000);
        var size = new BucketSize("p", 0, 2, 1, clock);
        clock.AdvanceSeconds(100);
        _bucket.TryTake(size.TimeOf(clock.GetTimestamp()), size, out _).Should().BeTrue();
        _bucket.TryTake(size.TimeOf(clock.GetTimestamp()), size, out _).Should().BeTrue();

        clock.AdvanceSeconds(-50);
        _bucket.TryTake(size.TimeOf(clock.GetTimestamp()), size, out BucketState state).Should().BeFalse();
        size.SecondsOf(state.UntilToken).Should().Be(51);
        clock.AdvanceSeconds(51);

        _bucket.TryTake(size.TimeOf(clock.GetTimestamp()), size, out _).Should().BeTrue();
        _bucket.TryTake(size.TimeOf(clock.GetTimestamp()), size, out _).Should().BeFalse();
    }

    [Fact]
    public void LargestBucketAtTheSlowestRate_DoesNotOverflow()
    {
        BucketSize size = Size(1_000_000_000, 1.0 / 86_400);
        _clock.Advance(TimeSpan.FromDays(3_650));

        Take(size, out _);
        Take(size, out BucketState state);

        state.Remaining.Should().Be(999_999_998);
        size.SecondsOf(state.UntilFull).Should().Be(2 * 86_400);
    }

    [Fact]
    public void HighestRate_GivesTenMillionTokensASecond()
    {
        var clock = new TickingClock(1_000_000_000);
        var size = new BucketSize("p", 0, 1, 10_000_000, clock);
        int taken = 0;
        for (int i = 0; i < 10_000; i++)
        {
            clock.AdvanceTicks(50);
            taken += _bucket.TryTake(size.TimeOf(clock.GetTimestamp()), size, out _) ? 1 : 0;
        }

        taken.Should().BeInRange(4_995, 5_005);
    }

    [Fact]
    public async Task ManyThreadsOnAFrozenClock_AreGivenExactlyTheCapacity()
    {
        BucketSize size = Size(10_000, 1_000);
        int taken = 0;

        await Given.OnThreads(8, _ =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                if (Take(size, out BucketState _))
                {
                    Interlocked.Increment(ref taken);
                }
            }
        });

        taken.Should().Be(10_000);
    }

    [Fact]
    public void Decision_DoesNotAllocate()
    {
        var size = new BucketSize("p", 0, 100, 1, TimeProvider.System);
        long now = TimeProvider.System.GetTimestamp();
        Allocations.Of(() => _bucket.TryTake(size.TimeOf(now), size, out _)).Should().Be(0);
    }

    private BucketSize Size(long capacity, double refill) => new("p", 0, capacity, refill, _clock);

    private bool Take(BucketSize size, out BucketState state) => _bucket.TryTake(size.TimeOf(_clock.GetTimestamp()), size, out state);

    private int Drain(BucketSize size)
    {
        int taken = 0;
        while (Take(size, out _))
        {
            taken++;
        }

        return taken;
    }
}
