using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Gateway.Tests.Kit;

/// <summary>Reads one meter, and those that have it as their scope: observable instruments when asked, the others as they record.</summary>
internal sealed class Readings : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Name, string Labels, double Value)> _recorded = new();

    public Readings(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if ((instrument.Meter.Scope ?? instrument.Meter) == meter)
            {
                Instruments.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    public List<Instrument> Instruments { get; } = [];

    /// <summary>What the instrument says now, or recorded since the last reading; labels as <c>a=1 b=2</c>.</summary>
    public (string Labels, double Value)[] Of(string name)
    {
        _listener.RecordObservableInstruments();
        (string Name, string Labels, double Value)[] all = [.. _recorded];
        foreach (IGrouping<string, Instrument> observable in Instruments.Where(one => one.IsObservable).GroupBy(one => one.Name))
        {
            observable.Should().ContainSingle("an instrument is made once");
        }

        // Observable instruments say everything anew at each reading; what was recorded comes again at none.
        _recorded.Clear();
        foreach ((string Name, string Labels, double Value) recorded in all.Where(one => one.Name != name && !IsObservable(one.Name)))
        {
            _recorded.Enqueue(recorded);
        }

        return [.. all.Where(one => one.Name == name).Select(one => (one.Labels, one.Value)).Order()];
    }

    public void Dispose() => _listener.Dispose();

    private bool IsObservable(string name) => Instruments.Any(one => one.Name == name && one.IsObservable);

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new List<string>();
        foreach ((string name, object? label) in tags)
        {
            labels.Add(string.Create(CultureInfo.InvariantCulture, $"{name}={label}"));
        }

        _recorded.Enqueue((instrument.Name, string.Join(' ', labels), value));
    }
}
