using Gateway.Core.Telemetry;

namespace Gateway.Host.Admin.Live;

/// <summary>
/// Turns what counts for ever into what happens a second, weighted as in <see cref="LiveWindow"/>. Knows each series from the first time that it is
/// asked for, and forgets those that are asked for no more. For one thread at a time.
/// </summary>
internal sealed class LiveRates
{
    private readonly Dictionary<object, Series> _series = [];
    private readonly Dictionary<TrafficFigures, LiveWindow> _windows = [];
    private readonly HashSet<TrafficFigures> _looked = [];
    private double _seconds = 1;
    private long _round;

    /// <summary>A round begins: everything that is shown is asked for once in it.</summary>
    /// <param name="seconds">Since the one before.</param>
    public void Begin(double seconds)
    {
        foreach (object gone in _series.Where(one => one.Value.Round != _round).Select(static one => one.Key).ToArray())
        {
            _series.Remove(gone);
        }

        foreach (TrafficFigures gone in _windows.Keys.Where(figures => !_looked.Contains(figures)).ToArray())
        {
            _windows.Remove(gone);
        }

        _looked.Clear();
        _round++;
        _seconds = seconds;
    }

    public double Of(HeldCounter counter) => Of(counter, counter.Value);

    /// <param name="series">Tells it from the others.</param>
    /// <param name="value">Counted until now.</param>
    public double Of(object series, long value)
    {
        if (!_series.TryGetValue(series, out Series? one))
        {
            // What came before the first look is not of this second; a series that is new with its first event has that one unseen.
            _series[series] = one = new Series { Before = value };
        }

        double keep = Math.Pow(LiveWindow.Keep, _seconds);
        one.Weight = (one.Weight * keep) + _seconds;
        one.Sum = (one.Sum * keep) + value - one.Before;
        (one.Before, one.Round) = (value, _round);
        return one.Sum < 0.01 ? 0 : one.Sum / one.Weight;
    }

    /// <summary>The window of these figures, which has looked once in this round.</summary>
    public LiveWindow Of(TrafficFigures figures)
    {
        if (!_windows.TryGetValue(figures, out LiveWindow? window))
        {
            _windows[figures] = window = new LiveWindow(figures);
        }

        if (_looked.Add(figures))
        {
            window.Look(_seconds);
        }

        return window;
    }

    private sealed class Series
    {
        public long Before { get; set; }

        public double Sum { get; set; }

        public double Weight { get; set; }

        public long Round { get; set; }
    }
}
