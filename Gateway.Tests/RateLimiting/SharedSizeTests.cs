using Gateway.Core.RateLimiting;

namespace Gateway.Tests.RateLimiting;

public sealed class SharedSizeTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    [InlineData(4, 16)]
    [InlineData(10, 40)]
    [InlineData(50, 50)]
    [InlineData(1_000, 1_000)]
    public void Target_IsAWindowsRequestsOrMoreWhereTheyAreFew(long seen, long target) =>
        Size(capacity: 1_000_000, rate: 1_000).Target(seen, replicas: 3).Should().Be(target);

    [Theory]
    [InlineData(100, 1, 50)]
    [InlineData(100, 3, 16)]
    [InlineData(100, 1_000, 1)]
    [InlineData(1, 1, 1)]
    public void Target_OfAllGatewaysIsNeverMoreThanHalfOfTheBucket(long capacity, int replicas, long target) =>
        Size(capacity, rate: 1).Target(seen: 1_000_000, replicas).Should().Be(target);

    [Theory]
    [InlineData(1_000, 9.9, 1, 0)]
    [InlineData(1_000, 10, 1, 10)]
    [InlineData(100, 10, 3, 4)]
    [InlineData(12, 100, 3, 10)]
    [InlineData(11, 100, 3, 0)]
    public void Seed_IsForFastAndLargeBucketsOnly(long capacity, double rate, int replicas, long seed) =>
        Size(capacity, rate).Seed(replicas).Should().Be(seed);

    [Fact]
    public void Share_HasTheRateByTheGatewaysAndAtLeastOneToken()
    {
        SharedSize size = Size(capacity: 10, rate: 1);
        (long interval, long fill) = size.Share(5);
        (interval, fill).Should().Be((size.Size.Interval * 5, size.Size.Fill));
        (interval, fill) = size.Share(100);
        fill.Should().Be(interval, "of a tenth of a token nobody could spend one");
    }

    [Fact]
    public void Share_OfTheSlowestBucketAmongMany_DoesNotOverflow()
    {
        (long interval, long fill) = Size(capacity: 1_000_000_000, rate: 1.0 / 86_400).Share(int.MaxValue);
        interval.Should().BePositive();
        (fill + interval).Should().BeInRange(1, 1L << 62, "the clock may be as far again");
    }

    [Fact]
    public void Pause_IsNeverSoLongThatTheBucketWouldBeFull()
    {
        SharedSize small = Size(capacity: 10, rate: 1_000), large = Size(capacity: 1_000, rate: 100);
        small.Pause.Should().Be(small.Size.Fill / 2);
        large.Size.SecondsOf(large.Pause * 5).Should().Be(1);
    }

    private static SharedSize Size(long capacity, double rate) =>
        new(new BucketSize("p", 0, capacity, rate, TimeProvider.System), rate, "p");
}
