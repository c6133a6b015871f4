using System.Diagnostics.Metrics;
using Gateway.Core.Errors;

namespace Gateway.Core.Telemetry;

/// <summary>
/// The meter <c>Gateway</c> and what every request adds to it. Labels come from configuration and closed lists alone: an unknown
/// method is <c>other</c>, a request without a route has the route <c>none</c>. Safe from any thread.
/// </summary>
internal sealed class GatewayMetrics : IDisposable
{
    public const string MeterName = "Gateway";

    /// <summary>Route and service of requests that matched no route.</summary>
    private const string None = "none";

    private static readonly double[] Buckets =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly SeriesTable<(string Route, string Service, string Method, int Status)> _requests = new(RequestTags);
    private readonly SeriesTable<(string Reason, string Service)> _errors = new(ErrorTags);
    private readonly SeriesTable<(string Service, string Outcome)> _retries = new(static key => [new("service", key.Service), new("outcome", key.Outcome)]);
    private readonly SeriesTable<(string Route, string Outcome)> _mirrored = new(static key => [new("route", key.Route), new("outcome", key.Outcome)]);
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _upstream;

    public GatewayMetrics()
    {
        Meter = new Meter(MeterName);
        Meter.CreateObservableCounter("gateway_requests_total", _requests.Read, description: "Finished requests.");
        Meter.CreateObservableCounter("gateway_errors_total", _errors.Read, description: "Requests that the gateway refused or that failed, by reason.");
        Meter.CreateObservableCounter("gateway_retries_total", _retries.Read, description: "Retries by how they ended, and those that were not made, by reason.");
        Meter.CreateObservableCounter("gateway_mirrored_requests_total", _mirrored.Read, description: "Copies of requests by how they ended, and those that were not sent, by reason.");
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = Buckets };
        _duration = Meter.CreateHistogram("gateway_request_duration_seconds", "s", "From reception to the last byte.", tags: null, advice);
        _upstream = Meter.CreateHistogram("gateway_upstream_duration_seconds", "s", "All attempts of a request at its service.", tags: null, advice);
    }

    public Meter Meter { get; }

    /// <summary>Requests that matched no route.</summary>
    public TrafficFigures Unrouted { get; } = new();

    /// <summary>Requests that the gateway refused or that failed, by reason and service.</summary>
    public IEnumerable<((string Reason, string Service) Key, long Count)> Errors => _errors.Counts;

    /// <summary>Retries of each service, by how they ended, and those that were not made.</summary>
    public IEnumerable<((string Service, string Outcome) Key, long Count)> Retries => _retries.Counts;

    /// <param name="route">The route's name, of the configuration; null for none.</param>
    /// <param name="service">Name of the service that was asked, or would have been; null for none.</param>
    /// <param name="method">As sent.</param>
    /// <param name="status">As answered.</param>
    /// <param name="error">None for an answer that went through.</param>
    /// <param name="seconds">From reception to the last byte.</param>
    /// <param name="upstreamMs">Milliseconds of all attempts; negative when nothing was sent.</param>
    public void RequestFinished(string? route, string? service, string method, int status, GatewayError error, double seconds, double upstreamMs)
    {
        (route, service) = (route ?? None, service ?? None);
        _requests[(route, service, KnownMethods.Contains(method) ? method : "other", status)].Increment();
        if (error != GatewayError.None)
        {
            _errors[(error.Row().Reason, service)].Increment();
        }

        if (_duration.Enabled)
        {
            _duration.Record(seconds, new KeyValuePair<string, object?>("route", route));
        }

        if (upstreamMs >= 0 && _upstream.Enabled)
        {
            _upstream.Record(upstreamMs / 1000, new KeyValuePair<string, object?>("service", service));
        }
    }

    /// <param name="service">Of the configuration.</param>
    /// <param name="outcome">Of a closed list.</param>
    public void RetryEnded(string service, string outcome) => _retries[(service, outcome)].Increment();

    /// <param name="route">Of the configuration.</param>
    /// <param name="outcome">Of a closed list.</param>
    public void MirrorEnded(string route, string outcome) => _mirrored[(route, outcome)].Increment();

    /// <summary>Another configuration is in force: what it does not know is shown no longer.</summary>
    /// <param name="names">Of its routes and services, and of those that requests may go by still.</param>
    public void Keep(IReadOnlySet<string> names)
    {
        bool IsKnown(string name) => name == None || names.Contains(name);
        _requests.Keep(key => IsKnown(key.Route) && IsKnown(key.Service));
        _errors.Keep(key => IsKnown(key.Service));
        _retries.Keep(key => IsKnown(key.Service));
        _mirrored.Keep(key => IsKnown(key.Route));
    }

    public void Dispose() => Meter.Dispose();

    private static KeyValuePair<string, object?>[] RequestTags((string Route, string Service, string Method, int Status) key) =>
        [new("route", key.Route), new("method", key.Method), new("status", key.Status), new("service", key.Service)];

    private static KeyValuePair<string, object?>[] ErrorTags((string Reason, string Service) key) =>
        [new("reason", key.Reason), new("service", key.Service)];
}
