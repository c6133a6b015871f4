using Gateway.Core.Telemetry;
using Gateway.Host.Admin.Live;

namespace Gateway.Tests.Host.Admin.Live;

public sealed class LiveWindowTests
{
    private readonly TrafficFigures _figures = new();

    [Fact]
    public void SteadyTraffic_HasItsRateFromTheFirstLookOn()
    {
        Answer(1_000, 200, 1);
        var window = new LiveWindow(_figures);
        for (int second = 0; second < 20; second++)
        {
            Answer(120, 200, 1);
            window.Look(1);
            window.PerSecond.Should().BeApproximately(120, 0.001, "what came before the first look is no part of it");
        }
    }

    [Fact]
    public void TrafficThatChanges_IsFollowedWithinSeconds_AndEnds()
    {
        var window = new LiveWindow(_figures);
        Look(window, 20, perSecond: 100);
        Look(window, 10, perSecond: 500);
        window.PerSecond.Should().BeInRange(440, 500);
        Look(window, 60, perSecond: 0);
        (window.PerSecond, window.Quantile(0.5), window.ServerErrorShare, window.Idle).Should().Be((0, null, null, 60));
    }

    [Fact]
    public void Shares_AreOfWhatWasFinished()
    {
        var window = new LiveWindow(_figures);
        Answer(70, 200, 1);
        Answer(20, 404, 1);
        Answer(10, 503, 1);
        window.Look(1);
        window.ClientErrorShare.Should().BeApproximately(0.2, 1e-9);
        window.ServerErrorShare.Should().BeApproximately(0.1, 1e-9);
    }

    [Fact]
    public void Quantiles_AreRightWithinTheWidthOfABucket()
    {
        var window = new LiveWindow(_figures);
        for (int i = 1; i <= 1_000; i++)
        {
            _figures.Answered(200, i * 0.1);
        }

        window.Look(1);
        window.Quantile(0.5).Should().BeInRange(50 * 0.88, 50 * 1.12);
        window.Quantile(0.95).Should().BeInRange(95 * 0.88, 95 * 1.12);
        window.Quantile(0.99).Should().BeInRange(99 * 0.88, 99 * 1.12);
    }

    [Fact]
    public void LookAfterALongTime_CountsByTheTimeThatHasPassed()
    {
        var window = new LiveWindow(_figures);
        Answer(1_000, 200, 1);
        window.Look(10);
        window.PerSecond.Should().BeApproximately(100, 0.001);
    }

    [Fact]
    public void WithoutTraffic_ThereIsNothingToTell()
    {
        var window = new LiveWindow(_figures);
        window.Look(1);
        (window.PerSecond, window.Quantile(0.99), window.ClientErrorShare).Should().Be((0, null, null));
        window.Idle.Should().Be(double.PositiveInfinity);
    }

    /// <summary>An instance that only fails, or only takes bodies, has no durations; it had no rate either.</summary>
    [Theory]
    [InlineData(true, 1.0)]
    [InlineData(false, 0.0)]
    public void WithoutDurations_ThereAreRatesAndShares_AndTheyEnd(bool hasFailed, double share)
    {
        var window = new LiveWindow(_figures);
        for (int second = 0; second < 20; second++)
        {
            for (int i = 0; i < 50; i++)
            {
                _figures.Attempted(hasFailed, null);
            }

            window.Look(1);
            window.PerSecond.Should().BeApproximately(50, 0.001);
            window.ServerErrorShare.Should().BeApproximately(share, 1e-9);
            window.Quantile(0.5).Should().BeNull();
        }

        for (int second = 0; second < 60; second++)
        {
            window.Look(1);
        }

        (window.PerSecond, window.ServerErrorShare).Should().Be((0, null));
    }

    [Fact]
    public void Sum_IsThatOfAll()
    {
        var sum = new LiveSum();
        foreach (int rate in new[] { 10, 30 })
        {
            var figures = new TrafficFigures();
            var window = new LiveWindow(figures);
            for (int i = 0; i < rate; i++)
            {
                figures.Answered(rate == 30 ? 500 : 200, rate);
            }

            window.Look(1);
            window.AddTo(sum);
        }

        sum.PerSecond.Should().BeApproximately(40, 1e-9);
        sum.ServerErrorShare.Should().BeApproximately(0.75, 1e-9);
        sum.Quantile(0.2).Should().BeInRange(8, 12);
        sum.Quantile(0.5).Should().BeInRange(24, 36);
        new LiveSum().ServerErrorShare.Should().BeNull();
    }

    private void Look(LiveWindow window, int seconds, int perSecond)
    {
        for (int second = 0; second < seconds; second++)
        {
            Answer(perSecond, 200, 1);
            window.Look(1);
        }
    }

    private void Answer(int count, int status, double milliseconds)
    {
        for (int i = 0; i < count; i++)
        {
            _figures.Answered(status, milliseconds);
        }
    }
}
