using Gateway.Core.Telemetry;
using Gateway.Host.Admin.Live;

namespace Gateway.Tests.Host.Admin.Live;

public sealed class LiveRatesTests
{
    private readonly LiveRates _rates = new();

    [Fact]
    public void Rate_IsTheDifferenceASecond()
    {
        _rates.Begin(1);
        _rates.Of("series", 1_000).Should().Be(0, "it is new");
        for (int second = 1; second <= 30; second++)
        {
            _rates.Begin(1);
            _rates.Of("series", 1_000 + (second * 7)).Should().BeInRange(3, 7.001);
        }

        _rates.Begin(1);
        _rates.Of("series", 1_217).Should().BeApproximately(7, 0.05);
    }

    [Fact]
    public void SeriesThatIsNotAskedForAnyMore_IsForgotten()
    {
        _rates.Begin(1);
        _rates.Of(("a", "b"), 10);
        _rates.Begin(1);
        _rates.Begin(1);
        _rates.Of(("a", "b"), 1_000).Should().Be(0, "it is new again");
    }

    [Fact]
    public void Counter_IsItsOwnSeries()
    {
        (HeldCounter one, HeldCounter other) = (new(), new());
        _rates.Begin(1);
        _rates.Of(one);
        _rates.Of(other);
        one.Increment();
        _rates.Begin(1);
        (_rates.Of(one) > 0, _rates.Of(other)).Should().Be((true, 0));
    }

    [Fact]
    public void Window_LooksOnceInARound_AndIsForgottenWithItsFigures()
    {
        var figures = new TrafficFigures();
        _rates.Begin(1);
        LiveWindow window = _rates.Of(figures);
        figures.Answered(200, 1);
        _rates.Of(figures).Should().BeSameAs(window);
        window.PerSecond.Should().Be(0, "it has looked already");
        _rates.Begin(1);
        _rates.Of(figures).PerSecond.Should().BePositive();
        _rates.Begin(1);
        _rates.Begin(1);
        _rates.Of(figures).Should().NotBeSameAs(window);
    }
}
