using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Backends;

/// <summary>Tells when somebody begins to wait and for how long, so that a test goes on exactly then and by exactly that.</summary>
internal sealed class ObservedClock(TimeSpan timeout) : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _delays = Channel.CreateUnbounded<TimeSpan>();
    private readonly PriorityQueue<DateTimeOffset, DateTimeOffset> _due = new();

    public void AdvanceToTheNext() => Advance(_due.Dequeue() - GetUtcNow());

    public async Task<TimeSpan> NextDelayAsync()
    {
        TimeSpan delay = await _delays.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        _due.Enqueue(GetUtcNow() + delay, GetUtcNow() + delay);
        return delay;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime != timeout)
        {
            _delays.Writer.TryWrite(dueTime);
        }

        return timer;
    }
}
