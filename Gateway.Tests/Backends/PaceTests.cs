using Gateway.Core.Backends;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Backends;

public sealed class PaceTests
{
    [Fact]
    public void Turns_ComeATenthEarlierOrLater()
    {
        double[] seconds = [.. Enumerable.Range(0, 300).Select(static _ => Pace.Around(TimeSpan.FromSeconds(10)).TotalSeconds)];

        // 300 draws leave a tenth of the range at either end empty once in 10^13 runs.
        seconds.Min().Should().BeInRange(9, 9.2);
        seconds.Max().Should().BeInRange(10.8, 11);
    }

    [Fact]
    public async Task Waiting_EndsWithItsTime_OrWithTheStop()
    {
        var clock = new FakeTimeProvider();
        using var stop = new CancellationTokenSource();
        Task<bool> first = Pace.WaitAsync(TimeSpan.FromSeconds(1), clock, stop.Token);
        clock.Advance(TimeSpan.FromSeconds(1));
        (await first).Should().BeTrue();

        Task<bool> second = Pace.WaitAsync(TimeSpan.FromSeconds(1), clock, stop.Token);
        await stop.CancelAsync();
        (await second).Should().BeFalse();
    }
}
