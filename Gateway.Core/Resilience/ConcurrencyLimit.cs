namespace Gateway.Core.Resilience;

/// <summary>
/// How many attempts one instance may have at a time: at most a fixed number, and less while it shows that more only wait there.
/// <para>
/// The sign is a delay that nobody escapes, as in CoDel (RFC 8289): where attempts wait for their turn, also the quickest answer is late; where
/// some are slow by nature, others are not. So of each window the quickest answer counts, with the place that its attempt had, against the
/// quickest that is usual. Late in <see cref="Windows"/> windows in a row, while the limit is felt: it falls to the place that would have been
/// in time, as the wait is in proportion to the place. If attempts that began after a fall are as late at a much lower place, nobody waited on
/// our account: the limit is given back, and such a latency is usual for a while. Else the limit rises by its root each window.
/// </para>
/// Safe from any thread; an attempt costs two interlocked additions, its answer one.
/// </summary>
internal sealed class ConcurrencyLimit(ConcurrencyOptions options, TimeProvider clock)
{
    internal const int MinSamples = 12, Windows = 3;

    private const int PlaceBits = 20, MaxPlace = (1 << PlaceBits) - 1;

    /// <summary>A fall has not helped if at this share of the place, or less, there is more than that share of the latency.</summary>
    private const double FarEnough = 0.5, Unhelped = 0.8;

    internal static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100), Remembered = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private volatile int _limit = options.MaxPerInstance;
    private int _inFlight;
    private int _peak;
    private int _samples;
    private long _since = clock.GetTimestamp();

    /// <summary>The quickest answer of the window and its attempt's place, in one: latency in ticks, above 20 bits of place.</summary>
    private long _quickest = long.MaxValue;

    /// <summary>Windows in a row whose quickest answer was late.</summary>
    private int _late;

    private TimeSpan _usual = TimeSpan.MaxValue;
    private TimeSpan _learned;
    private long _learnedAt;
    private (TimeSpan Latency, int Place)? _fall;
    private long _fallAt;

    /// <summary>Attempts that may be under way at a time now.</summary>
    public int Limit => _limit;

    /// <summary>Attempts under way that count.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Whether another attempt would be refused now.</summary>
    public bool IsReached => InFlight >= _limit;

    private int Least => Math.Min(options.MinPerInstance, options.MaxPerInstance);

    /// <summary>Takes a place for an attempt, to be given back by <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        int inFlight = Interlocked.Increment(ref _inFlight);
        if (inFlight > Volatile.Read(ref _peak))
        {
            // Of two at once one may be lost: then the peak is short by one.
            Volatile.Write(ref _peak, inFlight);
        }

        if (inFlight <= _limit)
        {
            return true;
        }

        Interlocked.Decrement(ref _inFlight);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _inFlight);

    /// <summary>An answer began.</summary>
    /// <param name="latency">From the attempt's start to the answer's headers.</param>
    /// <param name="place">How many were under way when the attempt began, itself included.</param>
    public void Answered(TimeSpan latency, int place)
    {
        // What began before the last fall says nothing about it.
        if (!options.Adaptive || (Volatile.Read(ref _fallAt) is var fall && fall != 0 && clock.GetElapsedTime(fall) < latency))
        {
            return;
        }

        long answer = (Math.Min(latency.Ticks, long.MaxValue >> PlaceBits) << PlaceBits) | (uint)Math.Min(place, MaxPlace);
        if (answer < Volatile.Read(ref _quickest))
        {
            // Of two at once the quicker one may be lost: the next window has another.
            Volatile.Write(ref _quickest, answer);
        }

        if (Interlocked.Increment(ref _samples) >= MinSamples && clock.GetElapsedTime(Volatile.Read(ref _since)) >= Window)
        {
            lock (_gate)
            {
                if (_samples >= MinSamples && clock.GetElapsedTime(_since) >= Window)
                {
                    JudgeLocked(TimeSpan.FromTicks(_quickest >> PlaceBits), (int)(_quickest & MaxPlace), clock.GetTimestamp());
                    StartWindowLocked();
                }
            }
        }
    }

    /// <summary>No answer came in time: who lets requests time out has too many. Halves the limit, once a window.</summary>
    public void TimedOut()
    {
        if (options.Adaptive)
        {
            lock (_gate)
            {
                if (clock.GetElapsedTime(_since) >= Window && IsFelt())
                {
                    _limit = Math.Max(Least, Math.Min(_limit, _peak) / 2);
                    StartWindowLocked();
                }
            }
        }
    }

    private void JudgeLocked(TimeSpan quickest, int place, long now)
    {
        bool isFelt = IsFelt();
        if (quickest < _usual)
        {
            _usual = quickest;
        }
        else if (!isFelt)
        {
            _usual += (quickest - _usual) * 0.1;
        }

        TimeSpan usual = _usual < _learned && clock.GetElapsedTime(_learnedAt, now) < Remembered ? _learned : _usual;
        TimeSpan tolerated = usual + (usual > options.LatencySlack ? usual : options.LatencySlack);
        if (quickest <= tolerated || !isFelt)
        {
            _late = 0;
            _limit = (int)Math.Min(options.MaxPerInstance, _limit + Math.Max(1, Math.Sqrt(_limit)));
        }
        else if (++_late >= Windows)
        {
            _late = 0;
            FallLocked(quickest, place, tolerated, now);
        }
    }

    private void FallLocked(TimeSpan quickest, int place, TimeSpan tolerated, long now)
    {
        if (_fall is { } last && clock.GetElapsedTime(_fallAt, now) < Remembered)
        {
            bool hasNotHelped = place <= last.Place * FarEnough && quickest > last.Latency * Unhelped;
            if (hasNotHelped || _limit <= Least)
            {
                // At its least, too, it can only be usual; but that may be on our account, so the limit rises step by step.
                (_learned, _learnedAt, _fall) = (quickest, now, null);
                _limit = hasNotHelped ? options.MaxPerInstance : _limit + 1;
                return;
            }
        }

        _fall = (quickest, place);
        Volatile.Write(ref _fallAt, now);
        _limit = Math.Max(Least, (int)(Math.Min(_limit, place) * (tolerated / quickest)));
    }

    /// <summary>A limit that is not felt says nothing: what is slow then is not so because of how many there are.</summary>
    private bool IsFelt() => _limit == options.MaxPerInstance ? _peak > Least : _peak * 2 >= _limit;

    private void StartWindowLocked()
    {
        (_samples, _peak) = (0, InFlight);
        Volatile.Write(ref _quickest, long.MaxValue);
        Volatile.Write(ref _since, clock.GetTimestamp());
    }
}
