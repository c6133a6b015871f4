namespace Gateway.Core.Resilience;

/// <summary>
/// What an instance's last attempts say about it: failures in a row, and their share over a window that moves on by halves. Judges; what
/// follows from it is decided elsewhere. Safe from any thread; a success costs two interlocked additions and no lock.
/// </summary>
internal sealed class OutlierWindow(OutlierOptions options, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly TimeSpan _half = options.Window / 2;
    private volatile Half _now = new(clock.GetTimestamp());
    private volatile Half _before = new(0);
    private volatile int _inARow;

    /// <summary>Takes one attempt in. Null, or why the instance should be ejected.</summary>
    public string? Record(bool failed)
    {
        Half half = Current();
        Interlocked.Increment(ref half.Attempts);
        if (!failed)
        {
            if (_inARow != 0)
            {
                _inARow = 0;
            }

            return null;
        }

        Interlocked.Increment(ref half.Failures);
        int inARow = Interlocked.Increment(ref _inARow);
        if (options.ConsecutiveFailures > 0 && inARow >= options.ConsecutiveFailures)
        {
            return $"{inARow} failures in a row";
        }

        return options.FailurePercent == 0 ? null : JudgeShare(half);
    }

    /// <summary>The instance is back on probation: forgets all but that it failed before, so that the next failure ejects it again.</summary>
    public void Probe()
    {
        lock (_gate)
        {
            (_now, _before) = (new Half(clock.GetTimestamp()), new Half(0));
            _inARow = Math.Max(0, options.ConsecutiveFailures - 1);
        }
    }

    /// <summary>Forgets all, as if the instance were new.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            (_now, _before) = (new Half(clock.GetTimestamp()), new Half(0));
            _inARow = 0;
        }
    }

    private string? JudgeShare(Half half)
    {
        Half before = _before;
        int attempts = Volatile.Read(ref half.Attempts) + Volatile.Read(ref before.Attempts);
        int failures = Volatile.Read(ref half.Failures) + Volatile.Read(ref before.Failures);
        return attempts >= options.MinRequests && (long)failures * 100 >= (long)attempts * options.FailurePercent
            ? $"{failures} of {attempts} attempts failed"
            : null;
    }

    private Half Current()
    {
        Half half = _now;
        long now = clock.GetTimestamp();
        return clock.GetElapsedTime(half.From, now) < _half ? half : MoveOn(now);
    }

    private Half MoveOn(long now)
    {
        lock (_gate)
        {
            TimeSpan age = clock.GetElapsedTime(_now.From, now);
            if (age >= _half)
            {
                // What is older than a whole window says nothing any more.
                _before = age < options.Window ? _now : new Half(0);
                _now = new Half(now);
            }

            return _now;
        }
    }

    /// <param name="from">Timestamp at which it began.</param>
    private sealed class Half(long from)
    {
        public readonly long From = from;
        public int Attempts;
        public int Failures;
    }
}
