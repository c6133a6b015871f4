using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Backends;

public sealed class EjectionTests
{
    private static readonly OutlierOptions Options = new() { EjectionTime = TimeSpan.FromSeconds(30), MaxEjectionTime = TimeSpan.FromSeconds(100) };

    private readonly TickingClock _clock = new(1);
    private readonly Ejection _ejection;

    public EjectionTests()
    {
        _clock.AdvanceSeconds(1000);
        _ejection = new Ejection(_clock);
    }

    private long Now => _clock.GetTimestamp();

    [Fact]
    public void InCloseSuccession_EjectionsGrow_UpToTheMost()
    {
        Eject().Should().Be(30);
        Eject().Should().Be(60);
        Eject().Should().Be(90);
        Eject().Should().Be(100);
        Eject().Should().Be(100);
    }

    [Fact]
    public void AfterALongGoodTime_TheyBeginAnew()
    {
        Eject();
        Eject();
        _clock.AdvanceSeconds(120);
        Eject().Should().Be(30);
    }

    [Fact]
    public void Ejection_LastsItsTime()
    {
        _ejection.Begin(Options, Now);
        (_ejection.IsEjected, _ejection.IsLeftOut(Now), _ejection.EndsAt).Should().Be((true, true, 1030L));
        _clock.AdvanceSeconds(29);
        _ejection.End(Now, early: false).Should().BeFalse();
        _clock.AdvanceSeconds(1);
        _ejection.IsLeftOut(Now).Should().BeFalse();
        _ejection.End(Now, early: false).Should().BeTrue();
        (_ejection.IsEjected, _ejection.EndsAt).Should().Be((false, long.MaxValue));
    }

    [Fact]
    public void Ejection_CanEndEarly()
    {
        _ejection.Begin(Options, Now);
        _ejection.End(Now, early: true).Should().BeTrue();
        _ejection.IsLeftOut(Now).Should().BeFalse();
        _ejection.End(Now, early: true).Should().BeFalse("it is over");
    }

    [Fact]
    public void Hold_LeavesOutAndEndsByItself()
    {
        _ejection.Hold(TimeSpan.FromSeconds(5), Now);
        (_ejection.IsEjected, _ejection.IsLeftOut(Now), _ejection.EndsAt).Should().Be((false, true, 1005L));
        _clock.AdvanceSeconds(5);
        _ejection.IsLeftOut(Now).Should().BeFalse();
        _ejection.End(Now, early: false).Should().BeFalse("to have been held is no ejection");
        _ejection.EndsAt.Should().Be(long.MaxValue);
    }

    /// <summary>Ejects, and lets the time pass; in seconds.</summary>
    private double Eject()
    {
        TimeSpan time = _ejection.Begin(Options, Now);
        _clock.AdvanceSeconds((long)time.TotalSeconds);
        _ejection.End(Now, early: false).Should().BeTrue();
        return time.TotalSeconds;
    }
}
