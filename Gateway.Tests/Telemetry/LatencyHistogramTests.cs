using Gateway.Core.Telemetry;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Telemetry;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void EveryTime_FallsBetweenTheEndsOfItsBucket()
    {
        for (long microseconds = 0; microseconds < 70_000_000; microseconds += 1 + (microseconds / 97))
        {
            int bucket = LatencyHistogram.BucketOf(microseconds);
            LatencyHistogram.LowerEnd(bucket).Should().BeLessThanOrEqualTo(microseconds);
            if (bucket < LatencyHistogram.Buckets - 1)
            {
                LatencyHistogram.LowerEnd(bucket + 1).Should().BeGreaterThan(microseconds);
            }
        }
    }

    [Fact]
    public void Buckets_AreNeverWiderThanAQuarterOfTheirTime()
    {
        for (int bucket = 4; bucket < LatencyHistogram.Buckets - 1; bucket++)
        {
            long from = LatencyHistogram.LowerEnd(bucket);
            (LatencyHistogram.LowerEnd(bucket + 1) - from).Should().BeGreaterThan(0).And.BeLessThanOrEqualTo((from / 4) + 1);
        }
    }

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(0, 0)]
    [InlineData(double.MaxValue, LatencyHistogram.Buckets - 1)]
    [InlineData(3_600_000, LatencyHistogram.Buckets - 1)]
    public void WhatIsBeyondTheEnds_CountsThere(double milliseconds, int bucket)
    {
        var histogram = new LatencyHistogram();
        histogram.Add(milliseconds);
        histogram[bucket].Should().Be(1);
    }

    [Fact]
    public async Task FromManyThreads_NoneIsLost()
    {
        var histogram = new LatencyHistogram();
        await Given.OnThreads(4, thread =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                histogram.Add(thread);
            }
        });
        Enumerable.Range(0, LatencyHistogram.Buckets).Sum(bucket => histogram[bucket]).Should().Be(40_000);
    }
}
