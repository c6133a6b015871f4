using System.Diagnostics.Metrics;
using Gateway.Core.Backends;
using Gateway.Core.Telemetry;

namespace Gateway.Core;

/// <summary>
/// Shows what is believed of each instance. On meters of its own, of the same name, that have the pipeline's meter as their scope: an exporter keeps
/// a place for every combination of labels that it has ever seen (OpenTelemetry: 2,000 an instrument, and then sums up what comes), so that pods
/// that come and go would use them up. Before they do, the meter is replaced, and all places are free. Safe from any thread, but for
/// <see cref="Show"/> and the end, which come one at a time.
/// </summary>
/// <param name="metrics">The pipeline's.</param>
internal sealed class InstanceMetrics(GatewayMetrics metrics) : IDisposable
{
    /// <summary>Instances that one meter shows in its time. Count; below what the exporter keeps, with room for a change that brings many.</summary>
    internal const int MostOfAMeter = 1_000;

    private HashSet<(string Service, string Instance)> _shown = [];
    private volatile BackendService[] _services = [];
    private Meter? _meter;

    /// <summary>From now on these are shown, and no others.</summary>
    public void Show(BackendService[] services)
    {
        (string, string)[] now = [.. services.SelectMany(static service => service.Instances.Select(instance => (service.Name, instance.Name)))];
        _services = services;
        _shown.UnionWith(now);
        if (_meter is null || _shown.Count > MostOfAMeter)
        {
            _shown = [.. now];
            _meter?.Dispose();
            _meter = new Meter(new MeterOptions(GatewayMetrics.MeterName) { Scope = metrics.Meter });
            Register(_meter);
        }
    }

    public void Dispose() => _meter?.Dispose();

    private void Register(Meter meter)
    {
        Add(meter, "gateway_instance_healthy", "1 while active checks believe in the instance and no operator says that it is down.",
            static instance => instance.Health.Status == HealthStatus.Healthy && instance.Operator != OperatorState.Down ? 1 : 0);
        Add(meter, "gateway_circuit_state", "0 closed, 1 open, 2 half-open.", static instance => (int)instance.Breaker.State);
        Add(meter, "gateway_instance_ejected", "1 while the instance is left out for having done badly.",
            static instance => instance.Ejection.IsEjected ? 1 : 0);
        Add(meter, "gateway_instance_limit", "Attempts that the instance may have at a time.", static instance => instance.Limit.Limit);
        Add(meter, "gateway_upstream_requests_active", "Requests being proxied to the instance.", static instance => instance.InFlight);
    }

    private void Add(Meter meter, string name, string description, Func<ServiceInstance, int> read)
    {
        meter.CreateObservableGauge(
            name,
            () => _services.SelectMany(service => service.Instances.Select(instance =>
                new Measurement<int>(read(instance), new("service", service.Name), new("instance", instance.Name)))),
            description: description);
    }
}
