using System.Diagnostics.Metrics;
using App.Metrics;
using App.Metrics.BucketTimer;
using App.Metrics.Counter;
using Gateway.Core.Errors;
using Gateway.Core.Telemetry;
using Gateway.Host.Telemetry;
using Gateway.Tests.Kit;
using ITimer = App.Metrics.Timer.ITimer;

namespace Gateway.Tests.Host.Telemetry;

/// <summary>Against the real App.Metrics 4.3.0. One bridge hears every pipeline of the process, also the broken ones of other tests.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class AppMetricsBridgeTests : IDisposable
{
    private readonly GatewayMetrics _gateway = new();
    private readonly IMetricsRoot _metrics = new MetricsBuilder().Build();
    private readonly AppMetricsBridge _bridge;

    public AppMetricsBridgeTests() => _bridge = new AppMetricsBridge(_metrics, _gateway.Meter);

    public void Dispose()
    {
        _bridge.Dispose();
        _gateway.Dispose();
    }

    [Fact]
    public void Totals_BecomeWhatWasAddedSinceTheLastReading()
    {
        Finish("products", 200);
        Finish("products", 200);
        _bridge.Read();
        CounterOf("requests_total", "products").Should().Be(2);

        Finish("products", 200);
        _bridge.Read();
        _bridge.Read();

        CounterOf("requests_total", "products").Should().Be(3, "a reading adds what is new, and nothing twice");
    }

    [Fact]
    public void TotalThatBeginsAnew_IsAddedWhole()
    {
        Finish("products", 200);
        Finish("products", 200);
        _bridge.Read();
        _gateway.Keep(new HashSet<string>());
        Finish("products", 200);

        _bridge.Read();

        CounterOf("requests_total", "products").Should().Be(3);
    }

    [Fact]
    public void Labels_AreTagsWithTheSameNames()
    {
        Finish("products", 502, GatewayError.UpstreamReset);
        _bridge.Read();

        CounterValueSource requests = Counters("requests_total").Single();
        requests.Tags.Keys.Should().Equal("route", "method", "status", "service");
        requests.Tags.Values.Should().Equal("products", "GET", "502", "product");
        Counters("errors_total").Single().Tags.Values.Should().Equal("upstream_reset", "product");
    }

    [Fact]
    public void Durations_AreBucketTimersOfWholeMicroseconds_WithTheContractsBounds()
    {
        Finish("products", 200, seconds: 0.0009996);
        Finish("products", 200, seconds: 0.0010004);
        Finish("products", 200, seconds: 0.0010006);
        Finish("products", 200, seconds: 30);

        BucketTimerValueSource timer = Timers("request_duration_microseconds").Single();
        timer.DurationUnit.Should().Be(TimeUnit.Microseconds);
        timer.Tags.Values.Should().Equal("products");
        timer.Value.Histogram.Count.Should().Be(4);
        timer.Value.Histogram.Sum.Should().Be(1_000 + 1_000 + 1_001 + 30_000_000);
        timer.Value.Histogram.Buckets.Keys.Order().Should().Equal(
            1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, double.PositiveInfinity);
        (timer.Value.Histogram.Buckets[1_000], timer.Value.Histogram.Buckets[2_500], timer.Value.Histogram.Buckets[double.PositiveInfinity]).Should().Be((2, 1, 1));
    }

    [Fact]
    public void Gauges_HaveTheirLastValue_AndGoWithWhatTheyTellOf()
    {
        var instances = new Dictionary<string, int> { ["a:1"] = 1, ["b:2"] = 0 };
        using var meter = new Meter(new MeterOptions("Gateway") { Scope = _gateway.Meter });
        meter.CreateObservableGauge("gateway_instance_healthy", () => instances.Select(static one =>
            new Measurement<int>(one.Value, new KeyValuePair<string, object?>("instance", one.Key))));
        _bridge.Read();
        Gauges().Should().BeEquivalentTo([("instance_healthy", "a:1", 1d), ("instance_healthy", "b:2", 0d)]);

        instances.Remove("a:1");
        instances["b:2"] = 1;
        instances["c:3"] = 1;
        Finish("products", 200);
        _bridge.Read();
        Gauges().Should().BeEquivalentTo([("instance_healthy", "b:2", 1d), ("instance_healthy", "c:3", 1d)]);

        meter.Dispose();
        _bridge.Read();
        Gauges().Should().BeEmpty();
        CounterOf("requests_total", "products").Should().Be(1, "counters are kept");
    }

    [Fact]
    public void AnotherPipelinesMeter_IsNotHeard()
    {
        using var other = new GatewayMetrics();
        other.RequestFinished("other", "other", "GET", 200, GatewayError.None, 1, 1);
        _bridge.Read();

        Counters("requests_total").Should().BeEmpty();
        using var everyone = new AppMetricsBridge(_metrics);
        everyone.Read();
        Counters("requests_total").Should().Contain(static one => one.Tags.Values.Contains("other"), "who embeds the core may hear every pipeline");
    }

    [Fact]
    public void RecordingAgain_AllocatesNoMoreThanAHeldTimerDoes()
    {
        ITimer held = _metrics.Provider.BucketTimer.Instance(new BucketTimerOptions { Name = "held", DurationUnit = TimeUnit.Microseconds, Buckets = BoundsOf() });
        long alone = Allocations.Of(() => held.Record(1_000, TimeUnit.Microseconds));
        using var gateway = new GatewayMetrics();
        using var bridge = new AppMetricsBridge(_metrics, gateway.Meter);

        long bridged = Allocations.Of(() => gateway.RequestFinished("products", "product", "GET", 200, GatewayError.None, 0.001, -1));

        bridged.Should().Be(alone, "looking up what is held costs nothing");
    }

    [Fact]
    public void Series_HaveALimit()
    {
        Counter<long> counter = _gateway.Meter.CreateCounter<long>("gateway_many_total");
        for (int i = 0; i < AppMetricsBridge.MaxSeries + 100; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("n", i));
            counter.Add(1, new KeyValuePair<string, object?>("n", i));
        }

        Counters("many_total").Should().HaveCount(AppMetricsBridge.MaxSeries).And.OnlyContain(static series => series.Value.Count == 2);
    }

    [Fact]
    public async Task Recording_OnSeveralThreads_IsExact()
    {
        await Given.OnThreads(4, _ =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                Finish(i % 2 == 0 ? "products" : "carts", 200);
            }
        });
        _bridge.Read();

        Timers("request_duration_microseconds").Select(static timer => timer.Value.Histogram.Count).Should().Equal(10_000, 10_000);
        CounterOf("requests_total", "carts").Should().Be(10_000);
    }

    private static double[] BoundsOf() => [.. new[] { 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10 }.Select(static bound => bound * 1e6)];

    private void Finish(string route, int status, GatewayError error = GatewayError.None, double seconds = 0.1) =>
        _gateway.RequestFinished(route, "product", "GET", status, error, seconds, -1);

    private IEnumerable<CounterValueSource> Counters(string name) =>
        _metrics.Snapshot.GetForContext(AppMetricsBridge.Context).Counters.Where(one => Is(one.Name, name));

    private long CounterOf(string name, string route) => Counters(name).Single(one => one.Tags.Values.Contains(route)).Value.Count;

    private IEnumerable<BucketTimerValueSource> Timers(string name) =>
        _metrics.Snapshot.GetForContext(AppMetricsBridge.Context).BucketTimers.Where(one => Is(one.Name, name));

    private IEnumerable<(string, string, double)> Gauges() => _metrics.Snapshot.Get().Contexts
        .Where(static context => context.Context == AppMetricsBridge.StateContext).SelectMany(static context => context.Gauges)
        .Where(static gauge => gauge.Name.StartsWith("instance_healthy", StringComparison.Ordinal))
        .Select(static gauge => (gauge.Name.Split('|')[0], gauge.Tags.Values.Single(), gauge.Value));

    /// <summary>App.Metrics writes the tags behind the name.</summary>
    private static bool Is(string full, string name) => full == name || full.StartsWith(name + "|", StringComparison.Ordinal);
}
