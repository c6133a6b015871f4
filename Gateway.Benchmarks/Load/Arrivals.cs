using System.Diagnostics;

namespace Gateway.Benchmarks.Load;

/// <summary>
/// When requests are meant to be sent. Those who send take arrivals in turn, so that an arrival that finds all of them busy waits
/// for the first that is free; its latency counts from the intended time all the same. Thread-safe.
/// </summary>
internal sealed class Arrivals
{
    private readonly double _ticksApart;
    private readonly long _start, _end;
    private long _next, _sent;

    private Arrivals(double ticksApart, long total, TimeSpan lead, TimeSpan duration)
    {
        (_ticksApart, Total) = (ticksApart, total);
        _start = Stopwatch.GetTimestamp() + Ticks(lead);
        _end = _start + Ticks(duration);
    }

    /// <summary>All that are intended; as good as endless for a closed loop.</summary>
    public long Total { get; }

    /// <summary>Those that have been sent.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Open loop: at a constant rate, whatever the answers do.</summary>
    /// <param name="perSecond">Arrivals a second.</param>
    /// <param name="lead">From now to the first: for those who send to get ready.</param>
    /// <param name="duration">From the first arrival to the end.</param>
    public static Arrivals AtRate(double perSecond, TimeSpan lead, TimeSpan duration) =>
        new(Stopwatch.Frequency / perSecond, (long)(perSecond * duration.TotalSeconds), lead, duration);

    /// <summary>Closed loop: the next as soon as someone is free.</summary>
    public static Arrivals WhenFree(TimeSpan lead, TimeSpan duration) => new(ticksApart: 0, long.MaxValue, lead, duration);

    /// <summary>Blocks until the next arrival is due.</summary>
    /// <param name="number">Its number, from 0 on.</param>
    /// <param name="intended">When it was meant to be sent, in ticks of <see cref="Stopwatch"/>.</param>
    /// <returns>False when there are no more, or the time is up.</returns>
    public bool TryTake(out long number, out long intended)
    {
        number = Interlocked.Increment(ref _next) - 1;
        intended = Intended(number);
        if (number >= Total)
        {
            return false;
        }

        PreciseWait.Until(intended);
        long now = Stopwatch.GetTimestamp();
        if (now >= _end)
        {
            return false;
        }

        if (_ticksApart == 0)
        {
            intended = now;
        }

        Interlocked.Increment(ref _sent);
        return true;
    }

    /// <summary>How many were due and not sent at this moment.</summary>
    public long Waiting()
    {
        long now = Math.Min(Stopwatch.GetTimestamp(), _end);
        return _ticksApart == 0 || now < _start ? 0 : Math.Max(0, Math.Min(Total, (long)((now - _start) / _ticksApart) + 1) - Sent);
    }

    /// <summary>How long an arrival had been due at the end. Those never sent are the last, as they are taken in order.</summary>
    public long TicksWaitedAtEnd(long number) => Math.Max(0, _end - Intended(number));

    private long Intended(long number) => _start + (long)(number * _ticksApart);

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
