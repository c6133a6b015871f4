using Gateway.Core.Resilience;

namespace Gateway.Core.Backends;

/// <summary>
/// Until when an instance is left out: because it did badly (ejected, longer each time), or because it asked for it with Retry-After (held).
/// Changed under the lock of the service, which its successors share; may be read from any thread.
/// </summary>
internal sealed class Ejection(TimeProvider clock)
{
    private long _ejectedUntil;
    private long _heldUntil;

    /// <summary>When the last one ended.</summary>
    private long _ended;
    private TimeSpan _last;
    private int _count;

    /// <summary>Whether it is ejected. Ends by <see cref="End"/>, not by itself.</summary>
    public bool IsEjected => Volatile.Read(ref _ejectedUntil) != 0;

    /// <summary>Timestamp at which the next of the two ends; long.MaxValue when neither is under way.</summary>
    public long EndsAt => Math.Min(Or(Volatile.Read(ref _ejectedUntil), long.MaxValue), Or(Volatile.Read(ref _heldUntil), long.MaxValue));

    /// <summary>Leaves the instance out, longer if the last time was not long ago.</summary>
    /// <returns>For how long.</returns>
    public TimeSpan Begin(OutlierOptions options, long now)
    {
        // As long in good order as it was out, and as much again, and all is forgotten.
        bool isSoon = _count > 0 && clock.GetElapsedTime(_ended, now) < _last * 2;
        _count = isSoon ? _count + 1 : 1;
        TimeSpan time = options.EjectionTime * _count;
        TimeSpan most = options.MaxEjectionTime > options.EjectionTime ? options.MaxEjectionTime : options.EjectionTime;
        _last = time < most ? time : most;
        Volatile.Write(ref _ejectedUntil, After(now, _last));
        return _last;
    }

    /// <summary>It asks not to be asked for a while.</summary>
    public void Hold(TimeSpan time, long now) => Volatile.Write(ref _heldUntil, After(now, time));

    /// <summary>How long an ejection goes on; zero when there is none.</summary>
    public TimeSpan Remaining => IsEjected ? Later(Volatile.Read(ref _ejectedUntil)) : TimeSpan.Zero;

    /// <summary>How long the instance's own wish not to be asked goes on; zero when there is none.</summary>
    public TimeSpan Held => Volatile.Read(ref _heldUntil) is not 0 and var until ? Later(until) : TimeSpan.Zero;

    public bool IsLeftOut(long now) => Volatile.Read(ref _ejectedUntil) > now || Volatile.Read(ref _heldUntil) > now;

    /// <summary>True when an ejection was under way whose time is over, or that is to end early; then it is over now.</summary>
    public bool End(long now, bool early)
    {
        if (early || Volatile.Read(ref _heldUntil) <= now)
        {
            Volatile.Write(ref _heldUntil, 0);
        }

        if (!IsEjected || (!early && Volatile.Read(ref _ejectedUntil) > now))
        {
            return false;
        }

        Volatile.Write(ref _ejectedUntil, 0);
        _ended = now;
        return true;
    }

    /// <summary>That it was ejected before is forgotten: the next time is as short as the first. What is under way goes on.</summary>
    public void Forget() => (_count, _last) = (0, TimeSpan.Zero);

    private TimeSpan Later(long timestamp)
    {
        TimeSpan left = clock.GetElapsedTime(clock.GetTimestamp(), timestamp);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private long After(long now, TimeSpan time) => now + (long)(time.TotalSeconds * clock.TimestampFrequency);

    private static long Or(long value, long other) => value == 0 ? other : value;
}
