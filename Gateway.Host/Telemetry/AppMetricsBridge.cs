using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Globalization;
using App.Metrics;
using App.Metrics.BucketTimer;
using App.Metrics.Counter;
using App.Metrics.Gauge;
using ITimer = App.Metrics.Timer.ITimer;

namespace Gateway.Host.Telemetry;

/// <summary>
/// Feeds an App.Metrics registry from the meter <c>Gateway</c>: counters and, for histograms, bucket timers in the context <see cref="Context"/>,
/// gauges in <see cref="StateContext"/>. Compiled only with <c>-p:AppMetrics=true</c>. Uses nothing else of the gateway, so that a program that
/// embeds the core can compile this file as its own. Names lose the prefix <c>gateway_</c>, which the context is; a duration's ends in
/// <c>_microseconds</c>, since App.Metrics counts whole numbers of a unit and its Prometheus formatter writes them, and the bounds of buckets, as
/// they are: of a microsecond nothing is lost that a clock knows. Each instrument is looked up once per combination of labels, and held.
/// </summary>
/// <remarks>Safe from any thread, but for <see cref="Read"/>, which is for one at a time.</remarks>
internal sealed partial class AppMetricsBridge : IDisposable
{
    public const string Context = "gateway", StateContext = "gateway.state";

    /// <summary>Combinations of labels that are held at the most, of all instruments together; what comes beyond them is not shown.</summary>
    internal const int MaxSeries = 20_000;

    private const string MeterName = "Gateway", Prefix = "gateway_", Seconds = "_seconds";
    private const double MicrosecondsPerSecond = 1e6;

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<StateFeed, bool> _states = new();
    private readonly IMetrics _metrics;
    private int _series;
    private int _reading;
    private volatile bool _hasLostAFeed;

    /// <param name="metrics">The registry.</param>
    /// <param name="meter">The pipeline's meter; null for every pipeline's of the process.</param>
    public AppMetricsBridge(IMetrics metrics, Meter? meter = null)
    {
        _metrics = metrics;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (meter is null ? instrument.Meter.Name == MeterName : ReferenceEquals(instrument.Meter.Scope ?? instrument.Meter, meter))
            {
                listener.EnableMeasurementEvents(instrument, FeedOf(instrument));
            }
        };
        _listener.MeasurementsCompleted = (_, feed) => _hasLostAFeed |= feed is StateFeed state && _states.TryRemove(state, out bool _);
        _listener.SetMeasurementEventCallback<long>(static (_, value, labels, feed) => ((Feed?)feed)?.Take(value, labels));
        _listener.SetMeasurementEventCallback<int>(static (_, value, labels, feed) => ((Feed?)feed)?.Take(value, labels));
        _listener.SetMeasurementEventCallback<double>(static (_, value, labels, feed) => ((Feed?)feed)?.Take(value, labels));
        _listener.Start();
    }

    /// <summary>Brings the registry up to date: instruments that are asked give their figures now. To be called before each report.</summary>
    public void Read()
    {
        _reading++;
        _listener.RecordObservableInstruments();
        if (!_hasLostAFeed && !_states.Keys.Any(state => state.HasGone(_reading)))
        {
            return;
        }

        // An instance that is gone must not stay healthy for ever; App.Metrics forgets nothing less than a context. Gauges have no past to lose.
        _hasLostAFeed = false;
        _metrics.Manage.ShutdownContext(StateContext);
        foreach (StateFeed state in _states.Keys)
        {
            state.Clear();
        }

        _listener.RecordObservableInstruments();
    }

    public void Dispose() => _listener.Dispose();

    private Feed? FeedOf(Instrument instrument)
    {
        string name = instrument.Name.StartsWith(Prefix, StringComparison.Ordinal) ? instrument.Name[Prefix.Length..] : instrument.Name;
        switch (instrument)
        {
            case Histogram<double> { Unit: "s" } histogram:
                IReadOnlyList<double> bounds = histogram.Advice?.HistogramBucketBoundaries ?? [];
                return new DurationFeed(this, $"{(name.EndsWith(Seconds, StringComparison.Ordinal) ? name[..^Seconds.Length] : name)}_microseconds",
                    [.. bounds.Select(static bound => Math.Round(bound * MicrosecondsPerSecond))]);
            case ObservableCounter<long> or ObservableCounter<int> or Counter<long> or Counter<int>:
                return new CountFeed(this, name, instrument.IsObservable);
            case ObservableGauge<int> or ObservableGauge<long> or ObservableGauge<double>:
                var state = new StateFeed(this, name);
                _states[state] = true;
                return state;
            default:
                return null;
        }
    }

    /// <summary>One instrument's way.</summary>
    private abstract class Feed
    {
        public abstract void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels);
    }

    /// <summary>The same, with what is held for each combination of labels.</summary>
    private abstract class Feed<T>(AppMetricsBridge bridge) : Feed
        where T : class
    {
        private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], T> _held = new(LabelComparer.Instance);

        protected IProvideMetrics Provider => bridge._metrics.Provider;

        protected ICollection<T> Held => _held.Values;

        public void Clear()
        {
            Interlocked.Add(ref bridge._series, -_held.Count);
            _held.Clear();
        }

        /// <summary>Null when there is no more room.</summary>
        protected T? Find(ReadOnlySpan<KeyValuePair<string, object?>> labels)
        {
            if (_held.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>().TryGetValue(labels, out T? held))
            {
                return held;
            }

            if (Interlocked.Increment(ref bridge._series) > MaxSeries)
            {
                Interlocked.Decrement(ref bridge._series);
                return null;
            }

            // Two that come at once get the same instrument of App.Metrics; only one of them is held.
            T made = Make(TagsOf(labels));
            T kept = _held.GetOrAdd(labels.ToArray(), made);
            if (!ReferenceEquals(kept, made))
            {
                Interlocked.Decrement(ref bridge._series);
            }

            return kept;
        }

        protected abstract T Make(MetricTags tags);

        private static MetricTags TagsOf(ReadOnlySpan<KeyValuePair<string, object?>> labels)
        {
            (string[] keys, string[] values) = (new string[labels.Length], new string[labels.Length]);
            for (int i = 0; i < labels.Length; i++)
            {
                // Empty tags are refused.
                string value = Convert.ToString(labels[i].Value, CultureInfo.InvariantCulture) ?? "";
                (keys[i], values[i]) = (labels[i].Key, value.Length == 0 ? "none" : value);
            }

            return new MetricTags(keys, values);
        }
    }

    private sealed class CountFeed(AppMetricsBridge bridge, string name, bool isCumulative) : Feed<CountFeed.Count>(bridge)
    {
        private readonly CounterOptions _options = new() { Context = Context, Name = name, MeasurementUnit = Unit.Items };

        public override void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels) => Find(labels)?.Add((long)value, isCumulative);

        protected override Count Make(MetricTags tags) => new(Provider.Counter.Instance(_options, tags));

        /// <summary>A held counter, and how far it has come if it is told totals. Totals are told by one thread at a time.</summary>
        public sealed class Count(ICounter counter)
        {
            private long _total;

            public void Add(long value, bool isTotal)
            {
                // A total that has fallen began anew.
                long more = !isTotal || value < _total ? value : value - _total;
                _total = value;
                if (more > 0)
                {
                    counter.Increment(more);
                }
            }
        }
    }

    private sealed class DurationFeed(AppMetricsBridge bridge, string name, double[] bounds) : Feed<ITimer>(bridge)
    {
        private readonly BucketTimerOptions _options = new()
        {
            Context = Context,
            Name = name,
            MeasurementUnit = Unit.Requests,
            DurationUnit = TimeUnit.Microseconds,
            RateUnit = TimeUnit.Seconds,
            Buckets = bounds,
        };

        public override void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels) =>
            Find(labels)?.Record((long)Math.Round(value * MicrosecondsPerSecond), TimeUnit.Microseconds);

        protected override ITimer Make(MetricTags tags) => Provider.BucketTimer.Instance(_options, tags);
    }

    private sealed class StateFeed(AppMetricsBridge bridge, string name) : Feed<StateFeed.State>(bridge)
    {
        private readonly AppMetricsBridge _bridge = bridge;
        private readonly GaugeOptions _options = new() { Context = StateContext, Name = name };

        public override void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels) => Find(labels)?.Set(value, _bridge._reading);

        /// <summary>Whether something that is held was not told in this reading.</summary>
        public bool HasGone(int reading) => Held.Any(state => state.Reading != reading);

        protected override State Make(MetricTags tags) => new(Provider.Gauge.Instance(_options, tags));

        public sealed class State(IGauge gauge)
        {
            public int Reading { get; private set; }

            public void Set(double value, int reading)
            {
                Reading = reading;
                gauge.SetValue(value);
            }
        }
    }

    /// <summary>Labels are the same when names and values are, in the same order: an instrument always has the same.</summary>
    private sealed class LabelComparer : IEqualityComparer<KeyValuePair<string, object?>[]>,
        IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
    {
        public static readonly LabelComparer Instance = new();

        public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) => x is null || y is null ? x == y : Equals(x.AsSpan(), y);

        public int GetHashCode([DisallowNull] KeyValuePair<string, object?>[] obj) => GetHashCode(obj.AsSpan());

        public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other)
        {
            if (alternate.Length != other.Length)
            {
                return false;
            }

            for (int i = 0; i < other.Length; i++)
            {
                if (alternate[i].Key != other[i].Key || !Equals(alternate[i].Value, other[i].Value))
                {
                    return false;
                }
            }

            return true;
        }

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
        {
            var hash = default(HashCode);
            foreach ((string key, object? value) in alternate)
            {
                hash.Add(key);
                hash.Add(value);
            }

            return hash.ToHashCode();
        }
    }
}
