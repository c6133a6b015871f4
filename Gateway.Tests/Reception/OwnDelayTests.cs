using Gateway.Core.Reception;

namespace Gateway.Tests.Reception;

public sealed class OwnDelayTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Start_MeasuresUntilTheEnd()
    {
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var delays = new List<TimeSpan>();
        var delay = new OwnDelay();
        delay.Start(
            static () => true,
            measured =>
            {
                delays.Add(measured);
                if (delays.Count == OverloadLimit.Samples)
                {
                    enough.SetResult();
                }
            },
            static failure => throw new InvalidOperationException("There is a loopback.", failure),
            TimeProvider.System);

        await enough.Task.WaitAsync(Patience);
        await delay.DisposeAsync();
        int atTheEnd = delays.Count;
        delays.Should().OnlyContain(static measured => measured >= TimeSpan.Zero && measured < Patience);
        delays.Should().HaveCount(atTheEnd);
    }

    [Fact]
    public async Task NothingToDo_IsNotLate()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int times = 0;
        var seen = new List<TimeSpan>();
        var delay = new OwnDelay();
        delay.Start(
            () =>
            {
                if (++times == 3)
                {
                    asked.SetResult();
                }

                return false;
            },
            seen.Add,
            static failure => throw new InvalidOperationException("There is a loopback.", failure),
            TimeProvider.System);
        await asked.Task.WaitAsync(Patience);
        await delay.DisposeAsync();
        seen.Should().NotBeEmpty().And.OnlyContain(static one => one == TimeSpan.Zero);
    }

    [Fact]
    public async Task AHeldThread_IsSeen()
    {
        var held = TimeSpan.FromMilliseconds(300);
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var clock = new LateClock(held);
        await using var delay = new OwnDelay();
        delay.Start(
            static () => true,
            measured =>
            {
                if (measured >= held)
                {
                    seen.TrySetResult();
                }
            },
            static failure => throw new InvalidOperationException("There is a loopback.", failure),
            clock);
        await seen.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task DisposedBeforeItStarted_Ends() => await new OwnDelay().DisposeAsync();

    /// <summary>A clock on which every timer fires later than it should.</summary>
    private sealed class LateClock(TimeSpan by) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : dueTime + by, period);
    }
}
