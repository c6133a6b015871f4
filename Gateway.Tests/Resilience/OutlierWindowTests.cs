using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Resilience;

public sealed class OutlierWindowTests
{
    private static readonly OutlierOptions ByShare = new() { ConsecutiveFailures = 0 };

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void FailuresInARow_Eject_AndASuccessBetweenThemDoesNot()
    {
        var window = new OutlierWindow(new OutlierOptions { FailurePercent = 0 }, _clock);
        Record(window, "ffff.ffff").Should().BeNull();
        Record(window, "f").Should().Be("5 failures in a row");
    }

    [Fact]
    public void ShareOfFailures_Ejects_OnceThereAreEnoughAttempts()
    {
        var window = new OutlierWindow(ByShare, _clock);
        Record(window, "f.f.f.f.f.f.f.f.f.").Should().BeNull("18 attempts are too few");
        Record(window, ".f").Should().Be("10 of 20 attempts failed");
    }

    [Fact]
    public void SmallShare_DoesNot()
    {
        var window = new OutlierWindow(ByShare, _clock);
        Record(window, string.Concat(Enumerable.Repeat("f..", 100))).Should().BeNull();
    }

    [Fact]
    public void WhatIsOlderThanTheWindow_IsForgotten()
    {
        var window = new OutlierWindow(ByShare, _clock);
        Record(window, new string('.', 100)).Should().BeNull();
        _clock.Advance(ByShare.Window);
        Record(window, new string('f', 19)).Should().BeNull("nineteen alone are too few");
        Record(window, "f").Should().Be("20 of 20 attempts failed");
    }

    [Fact]
    public void HalfAWindowAgo_StillCounts()
    {
        var window = new OutlierWindow(ByShare, _clock);
        Record(window, new string('f', 10)).Should().BeNull();
        _clock.Advance(ByShare.Window / 2);
        Record(window, new string('f', 10)).Should().Be("20 of 20 attempts failed");
    }

    [Fact]
    public void InstanceOnProbation_IsEjectedByItsNextFailure()
    {
        var window = new OutlierWindow(new OutlierOptions(), _clock);
        window.Probe();
        Record(window, "f").Should().Be("5 failures in a row");

        window.Probe();
        Record(window, ".ffff").Should().BeNull("it has done well once");
    }

    [Fact]
    public void ForgottenInstance_IsJudgedAsANewOne()
    {
        var window = new OutlierWindow(new OutlierOptions(), _clock);
        window.Probe();
        window.Forget();
        Record(window, "ffff").Should().BeNull();
        Record(window, "f").Should().Be("5 failures in a row");
    }

    [Fact]
    public void Success_DoesNotAllocate()
    {
        var window = new OutlierWindow(new OutlierOptions(), TimeProvider.System);
        Allocations.Of(() => window.Record(failed: false)).Should().Be(0);
    }

    /// <summary>Takes in failures (f) and successes; the last word.</summary>
    private static string? Record(OutlierWindow window, string attempts) =>
        attempts.Select(attempt => window.Record(attempt == 'f')).ToList()[^1];
}
