using Gateway.Host.Demo;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Host.Demo;

public sealed class FaultKnobsTests
{
    private static readonly FaultEffect Nothing = new(BreakOff: false, TimeSpan.Zero, Fail: false);

    private readonly FakeTimeProvider _clock = new();
    private readonly FaultKnobs _knobs;

    public FaultKnobsTests() => _knobs = new FaultKnobs(_clock);

    [Fact]
    public void Untouched_NothingHappens()
    {
        _knobs.Next().Should().Be(Nothing);
        _knobs.Report().Should().Be(new FaultReport(0, 0, 0, 0, 0));
    }

    [Fact]
    public void Down_EndsByItselfWhenItsTimeIsOver()
    {
        _knobs.Turn(new FaultRequest { Down = TimeSpan.FromSeconds(8) });
        _clock.Advance(TimeSpan.FromMilliseconds(7_999));
        _knobs.Next().BreakOff.Should().BeTrue();
        _knobs.Report().DownForMs.Should().Be(1);

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        _knobs.Next().Should().Be(Nothing);
        _knobs.Report().DownForMs.Should().Be(0);
    }

    [Fact]
    public void LatencyWithoutFor_StaysUntilChanged()
    {
        _knobs.Turn(new FaultRequest { Latency = TimeSpan.FromMilliseconds(200) });
        _clock.Advance(TimeSpan.FromDays(30));
        _knobs.Next().Latency.Should().Be(TimeSpan.FromMilliseconds(200));
        _knobs.Report().Should().Be(new FaultReport(0, 200, null, 0, 0));
    }

    [Fact]
    public void LatencyAndErrorsWithFor_EndTogether()
    {
        _knobs.Turn(new FaultRequest { Latency = TimeSpan.FromMilliseconds(200), ErrorPercent = 100, For = TimeSpan.FromSeconds(10) });
        _knobs.Next().Should().Be(new FaultEffect(BreakOff: false, TimeSpan.FromMilliseconds(200), Fail: true));
        _knobs.Report().Should().Be(new FaultReport(0, 200, 10_000, 100, 10_000));

        _clock.Advance(TimeSpan.FromSeconds(10));
        _knobs.Next().Should().Be(Nothing);
        _knobs.Report().Should().Be(new FaultReport(0, 0, 0, 0, 0));
    }

    [Fact]
    public void OneKnob_LeavesTheOthers()
    {
        _knobs.Turn(new FaultRequest { Latency = TimeSpan.FromMilliseconds(200) });
        _knobs.Turn(new FaultRequest { ErrorPercent = 100 });
        _knobs.Next().Should().Be(new FaultEffect(BreakOff: false, TimeSpan.FromMilliseconds(200), Fail: true));
    }

    [Fact]
    public void Clear_EndsEverythingButWhatTheSameRequestSets()
    {
        _knobs.Turn(new FaultRequest { Down = TimeSpan.FromSeconds(8), Latency = TimeSpan.FromSeconds(1) });
        _knobs.Turn(new FaultRequest { Clear = true, ErrorPercent = 100 });
        _knobs.Next().Should().Be(new FaultEffect(BreakOff: false, TimeSpan.Zero, Fail: true));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(50, 450, 550)]
    [InlineData(100, 1_000, 1_000)]
    public void Errors_StrikeThatShareOfRequests(double percent, int atLeast, int atMost)
    {
        _knobs.Turn(new FaultRequest { ErrorPercent = percent });
        Enumerable.Range(0, 1_000).Count(_ => _knobs.Next().Fail).Should().BeInRange(atLeast, atMost);
    }

    [Fact]
    public void Errors_StrikeTheSameRequestsEveryTime()
    {
        _knobs.Turn(new FaultRequest { ErrorPercent = 50 });
        bool[] first = [.. Enumerable.Range(0, 50).Select(_ => _knobs.Next().Fail)];
        _knobs.Turn(new FaultRequest { ErrorPercent = 50 });
        Enumerable.Range(0, 50).Select(_ => _knobs.Next().Fail).Should().Equal(first);
    }
}
