namespace Gateway.Core.Resilience;

/// <summary>
/// How many attempts one instance may have at a time: at most a fixed number, and less while it shows that more only wait there.
/// <para>
/// Judged every <see cref="Window"/> of at least <see cref="MinSamples"/> answers, by the geometric mean of their latencies, which a few slow
/// requests among many do not move. The usual latency is the least that was seen; it rises only while the limit is not felt, or at its
/// least, where nothing waits for the instance on our account. Later than usual by more than the slack while the limit is felt: the limit
/// falls in proportion, at most by half. Else, while it is felt, it rises by its root, as TCP's congestion window does by one.
/// </para>
/// Safe from any thread; an attempt costs two interlocked additions and an answer two more.
/// </summary>
internal sealed class ConcurrencyLimit(ConcurrencyOptions options, TimeProvider clock)
{
    internal const int MinSamples = 10;

    /// <summary>Steps of a doubling in the sum of logarithms.</summary>
    private const double Scale = 1024;

    internal static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private volatile int _limit = options.MaxPerInstance;
    private int _inFlight;
    private int _peak;
    private long _since = clock.GetTimestamp();
    private int _samples;
    private long _logs;
    private double _usual;

    /// <summary>Attempts that may be under way at a time now.</summary>
    public int Limit => _limit;

    /// <summary>Attempts under way that count.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Whether another attempt would be refused now.</summary>
    public bool IsReached => InFlight >= _limit;

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
    public void Answered(TimeSpan latency)
    {
        if (!options.Adaptive)
        {
            return;
        }

        Interlocked.Add(ref _logs, (long)(Math.Log2(Math.Max(1, latency.TotalMicroseconds)) * Scale));
        if (Interlocked.Increment(ref _samples) >= MinSamples)
        {
            JudgeIfDue();
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
                    FallLocked(0.5);
                    StartWindowLocked();
                }
            }
        }
    }

    private void JudgeIfDue()
    {
        if (clock.GetElapsedTime(Volatile.Read(ref _since)) < Window)
        {
            return;
        }

        lock (_gate)
        {
            if (clock.GetElapsedTime(_since) >= Window && _samples >= MinSamples)
            {
                JudgeLocked(Math.Pow(2, _logs / Scale / _samples));
                StartWindowLocked();
            }
        }
    }

    private void JudgeLocked(double microseconds)
    {
        bool isFelt = IsFelt();
        if (_usual == 0 || microseconds < _usual)
        {
            _usual = _usual == 0 ? microseconds : (_usual + microseconds) / 2;
        }
        else if (!isFelt || _limit <= Least)
        {
            _usual += (microseconds - _usual) * 0.1;
        }

        double tolerated = _usual + Math.Max(_usual, options.LatencySlack.TotalMicroseconds);
        if (isFelt && microseconds > tolerated)
        {
            FallLocked(Math.Max(0.5, tolerated / microseconds));
        }
        else if (isFelt || _limit < options.MaxPerInstance)
        {
            _limit = (int)Math.Min(options.MaxPerInstance, _limit + Math.Max(1, Math.Sqrt(_limit)));
        }
    }

    private int Least => Math.Min(options.MinPerInstance, options.MaxPerInstance);

    /// <summary>A limit that has not been felt says nothing: what is slow then is not so because of how many there are. So the first fall, from
    /// the most there may be, goes by how many there were.</summary>
    private bool IsFelt() => _limit == options.MaxPerInstance ? _peak > Least : _peak * 2 >= _limit;

    private void FallLocked(double factor) => _limit = Math.Max(Least, (int)(Math.Min(_limit, _peak) * factor));

    private void StartWindowLocked()
    {
        (_samples, _logs, _peak) = (0, 0, InFlight);
        Volatile.Write(ref _since, clock.GetTimestamp());
    }
}
