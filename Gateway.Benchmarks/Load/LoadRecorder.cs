using System.Diagnostics;
using Gateway.Benchmarks.Scenarios;
using HdrHistogram;

namespace Gateway.Benchmarks.Load;

/// <summary>Latencies and outcomes, as they come in from all threads. Thread-safe.</summary>
internal sealed class LoadRecorder
{
    /// <summary>From 1 µs to 100 s, to three digits.</summary>
    private const long LongestMicroseconds = 100_000_000;
    private const int Digits = 3;

    private readonly Dictionary<string, HistogramBase> _byName;
    private readonly long[] _right = new long[Outcome.Count], _wrong = new long[Outcome.Count];
    private HistogramBase _interval = NewHistogram();

    public LoadRecorder(LoadScenario scenario) =>
        _byName = scenario.Visits.SelectMany(static visit => visit).Select(static shape => shape.Name).Distinct().ToDictionary(static name => name, static HistogramBase (_) => NewHistogram());

    /// <summary>Requests that ended, however they did.</summary>
    public long Ended => _right.Sum() + Wrong;

    /// <summary>Those of them whose outcome was not the expected one.</summary>
    public long Wrong => _wrong.Sum();

    /// <summary>Counts a request.</summary>
    /// <param name="shape">What was asked.</param>
    /// <param name="outcome">Its status, or <see cref="Outcome"/>'s other numbers.</param>
    /// <param name="ticks">From its intended time to its end, in ticks of <see cref="Stopwatch"/>.</param>
    public void Record(RequestShape shape, int outcome, long ticks)
    {
        long microseconds = Microseconds(ticks);
        _byName[shape.Name].RecordValue(microseconds);
        Volatile.Read(ref _interval).RecordValue(microseconds);
        Interlocked.Increment(ref (outcome == shape.Expected ? _right : _wrong)[outcome]);
    }

    /// <summary>Counts how long a request had waited that was never sent; its latency would have been that at the least.</summary>
    public void RecordUnsent(RequestShape shape, long ticks) => _byName[shape.Name].RecordValue(Microseconds(ticks));

    /// <summary>What came in since the last call; a record that comes in during the call may be in none.</summary>
    public HistogramBase TakeInterval() => Interlocked.Exchange(ref _interval, NewHistogram());

    /// <summary>All latencies by the request's name, in µs.</summary>
    public IReadOnlyDictionary<string, HistogramBase> ByName => _byName;

    /// <summary>All latencies, in µs.</summary>
    public HistogramBase All()
    {
        HistogramBase all = NewHistogram();
        foreach (HistogramBase one in _byName.Values)
        {
            all.Add(one);
        }

        return all;
    }

    /// <summary>How often each outcome came, and whether it was the expected one.</summary>
    public IEnumerable<(int Outcome, bool IsRight, long Count)> Outcomes()
    {
        for (int outcome = 0; outcome < Load.Outcome.Count; outcome++)
        {
            foreach ((bool isRight, long count) in ((bool, long)[])[(true, _right[outcome]), (false, _wrong[outcome])])
            {
                if (count > 0)
                {
                    yield return (outcome, isRight, count);
                }
            }
        }
    }

    private static LongConcurrentHistogram NewHistogram() => new(1, LongestMicroseconds, Digits);

    private static long Microseconds(long ticks) =>
        Math.Clamp((long)Stopwatch.GetElapsedTime(0, ticks).TotalMicroseconds, 1, LongestMicroseconds);
}
