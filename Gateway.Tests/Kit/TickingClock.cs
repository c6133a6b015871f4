namespace Gateway.Tests.Kit;

/// <summary>A clock of any frequency whose timestamp a test sets; it may also go backwards.</summary>
internal sealed class TickingClock(long frequency) : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => frequency;

    public override long GetTimestamp() => Volatile.Read(ref _ticks);

    public void AdvanceTicks(long ticks) => Interlocked.Add(ref _ticks, ticks);

    public void AdvanceSeconds(long seconds) => AdvanceTicks(seconds * frequency);
}
