using System.Diagnostics.Metrics;
using Gateway.Core.Telemetry;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Telemetry;

public sealed class SeriesTableTests
{
    private readonly SeriesTable<int> _table = new(static key => [new("key", key)]);

    [Fact]
    public void Read_BeforeAnyCount_IsEmpty() => _table.Read().Should().BeEmpty();

    [Fact]
    public void Read_GivesEachSeriesWithItsLabels()
    {
        _table[1].Increment();
        _table[2].Increment();
        _table[2].Increment();

        Values().Should().BeEquivalentTo(new Dictionary<int, long> { [1] = 1, [2] = 2 });
    }

    [Fact]
    public void SameKey_IsTheSameCounter() => _table[1].Should().BeSameAs(_table[1]).And.NotBeSameAs(_table[2]);

    [Fact]
    public async Task SeriesMadeOnSeveralThreadsAtOnce_LoseNoCount()
    {
        await Given.OnThreads(4, _ =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                _table[i % 100].Increment();
            }
        });

        Values().Should().HaveCount(100).And.OnlyContain(series => series.Value == 400);
    }

    [Fact]
    public void CountingAKnownSeries_AllocatesNothing()
    {
        _table[1].Increment();
        Allocations.Of(() => _table[1].Increment()).Should().Be(0);
    }

    private Dictionary<int, long> Values()
    {
        var values = new Dictionary<int, long>();
        foreach (Measurement<long> measurement in _table.Read())
        {
            values.Add((int)measurement.Tags[0].Value!, measurement.Value);
        }

        return values;
    }
}
