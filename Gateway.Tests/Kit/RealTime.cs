using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Kit;

/// <summary>For tests whose subject is what happens while time passes; all others move a clock of their own.</summary>
internal static class RealTime
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20), Step = TimeSpan.FromMilliseconds(50);

    public static async Task PassesAsync(TimeSpan span)
    {
        using var timer = new PeriodicTimer(span);
        await timer.WaitForNextTickAsync();
    }

    /// <summary>Lets a test's own clock go on, step by step, until something is so, which must come within ten seconds of real time.</summary>
    public static async Task PassAsync(FakeTimeProvider clock, Func<bool> isSo, TimeSpan? step = null)
    {
        bool hasCome = false;
        await UntilAsync(() =>
        {
            hasCome = isSo();
            clock.Advance(hasCome ? TimeSpan.Zero : step ?? Step);
            return hasCome;
        }, TimeSpan.FromSeconds(10));
        hasCome.Should().BeTrue();
    }

    /// <summary>Waits until something is so; returns how long that took. After so long it goes on, for the test to complain.</summary>
    public static async Task<TimeSpan> UntilAsync(Func<bool> isSo, TimeSpan patience)
    {
        long start = TimeProvider.System.GetTimestamp();
        using var again = new PeriodicTimer(Look);
        while (!isSo() && TimeProvider.System.GetElapsedTime(start) < patience)
        {
            await again.WaitForNextTickAsync();
        }

        return TimeProvider.System.GetElapsedTime(start);
    }
}
