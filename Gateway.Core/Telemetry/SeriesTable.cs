using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gateway.Core.Telemetry;

/// <summary>
/// The series of one counter: a <see cref="HeldCounter"/> per combination of labels, made when first counted. Labels come from
/// configuration and closed lists, so the table is bounded by them; what is gone from the configuration is dropped by <see cref="Keep"/>.
/// Safe from any thread.
/// </summary>
/// <param name="tags">Makes the labels of a key, once per series.</param>
internal sealed class SeriesTable<TKey>(Func<TKey, KeyValuePair<string, object?>[]> tags)
    where TKey : struct, IEquatable<TKey>
{
    private readonly ConcurrentDictionary<TKey, (HeldCounter Counter, KeyValuePair<string, object?>[] Tags)> _series = new();

    public HeldCounter this[TKey key] =>
        _series.TryGetValue(key, out (HeldCounter Counter, KeyValuePair<string, object?>[] Tags) series)
            ? series.Counter
            : _series.GetOrAdd(key, static (key, tags) => (new HeldCounter(), tags(key)), tags).Counter;

    /// <summary>Drops the series whose keys are not wanted any more. One that is counted once more comes back.</summary>
    public void Keep(Func<TKey, bool> wanted)
    {
        foreach (TKey key in _series.Keys.Where(key => !wanted(key)))
        {
            _series.TryRemove(key, out _);
        }
    }

    /// <summary>What has been counted of each.</summary>
    public IEnumerable<(TKey Key, long Count)> Counts => _series.Select(static series => (series.Key, series.Value.Counter.Value));

    public IEnumerable<Measurement<long>> Read() =>
        _series.Values.Select(static series => new Measurement<long>(series.Counter.Value, series.Tags));
}
