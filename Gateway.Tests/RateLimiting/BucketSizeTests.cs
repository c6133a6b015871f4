using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;

namespace Gateway.Tests.RateLimiting;

public sealed class BucketSizeTests
{
    private const double ADay = 1.0 / 86_400;

    public static TheoryData<long, double, long> Bounds()
    {
        var data = new TheoryData<long, double, long>();
        foreach (long capacity in new[] { 1L, 7, 1_000_000_000 })
        {
            foreach (double refill in new[] { ADay, 0.3, 1, 3, 50, 99_999.7, 10_000_000 })
            {
                foreach (long frequency in new[] { 10_000_000L, 1_000_000_000, 24_000_000 })
                {
                    data.Add(capacity, refill, frequency);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Bounds))]
    public void AnyAllowedSize_KeepsItsRateToATenthOfAPercent(long capacity, double refill, long frequency)
    {
        var clock = new TickingClock(frequency);
        var size = new BucketSize("p", 0, capacity, refill, clock);
        const long Hour = 3_600;

        double tokensAnHour = (double)size.TimeOf(Hour * frequency) / size.Interval;

        tokensAnHour.Should().BeApproximately(refill * Hour, refill * Hour / 1_000);
        size.Fill.Should().Be(size.Capacity * size.Interval).And.BePositive();
    }

    [Theory]
    [MemberData(nameof(Bounds))]
    public void Waiting_IsNeverCountedShort(long capacity, double refill, long frequency)
    {
        var size = new BucketSize("p", 0, capacity, refill, new TickingClock(frequency));
        foreach (long start in new long[] { 0, 1, 3, 12_345_677, 987_654_321_987 })
        {
            foreach (long seconds in new long[] { 1, 2, 59, 86_399 })
            {
                long units = size.TimeOf(start + (seconds * frequency)) - size.TimeOf(start);
                size.SecondsOf(units).Should().BeGreaterThanOrEqualTo(seconds);
                size.SecondsOf(units - 2).Should().BeLessThanOrEqualTo(seconds);
            }
        }
    }

    [Fact]
    public void CenturiesOfUptime_StopTheClockInsteadOfOverflowing()
    {
        var clock = new TickingClock(1_000_000_000);
        var size = new BucketSize("p", 0, 1_000_000_000, ADay, clock);
        var bucket = new TokenBucket();
        long end = size.TimeOf(long.MaxValue);

        bucket.TryTake(end, size, out BucketState state).Should().BeTrue();

        state.Remaining.Should().Be(999_999_999);
        size.TimeOf(long.MaxValue - 1).Should().BeLessThanOrEqualTo(end);
    }

    [Fact]
    public void TimestampFromBeforeTheMaking_IsTheBeginning()
    {
        var clock = new TickingClock(1_000);
        clock.AdvanceTicks(500);
        new BucketSize("p", 0, 1, 1, clock).TimeOf(499).Should().Be(0);
    }

    [Theory]
    [InlineData(200, 100, "\"per-ip\";q=200;w=2")]
    [InlineData(100, 30, "\"per-ip\";q=100;w=4")]
    [InlineData(1, 1_000, "\"per-ip\";q=1;w=1")]
    [InlineData(1_000_000_000, ADay, "\"per-ip\";q=1000000000;w=86400000000000")]
    public void PolicyItem_NamesQuotaAndWindow(long capacity, double refill, string item) =>
        new BucketSize("per-ip", 0, capacity, refill, TimeProvider.System).PolicyItem.Should().Be(item);
}
