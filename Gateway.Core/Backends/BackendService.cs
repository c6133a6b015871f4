using System.Globalization;
using Gateway.Core.Resilience;
using Gateway.Core.Telemetry;

namespace Gateway.Core.Backends;

/// <summary>A service behind the gateway with its instances. Safe from any thread.</summary>
internal sealed partial class BackendService
{
    private readonly Lineage _lineage;
    private readonly Lock _gate;
    private readonly TimeProvider _clock;
    private readonly InstanceWatcher _watcher;
    private readonly HealthCheckOptions _checks;

    private volatile ServiceInstance[] _healthy = [];
    private volatile ServiceInstance[] _usable = [];

    /// <summary>Timestamp at which somebody who is left out comes back; long.MaxValue when nobody is.</summary>
    private long _nextReturn = long.MaxValue;

    /// <param name="name">Its key in the configuration.</param>
    /// <param name="index">Its place in the configuration's snapshot.</param>
    /// <param name="options">Valid ones.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="watcher">Is told what happens to the instances; null for nobody.</param>
    /// <param name="predecessor">The service of that name in the configuration before; null for none.</param>
    public BackendService(
        string name, int index, ServiceOptions options, TimeProvider clock, InstanceWatcher? watcher = null, BackendService? predecessor = null)
    {
        (Name, Index, Options, _clock, _watcher) = (name, index, options, clock, watcher ?? (static (_, _, _, _) => { }));
        _checks = options.HealthCheck ?? new HealthCheckOptions();
        _lineage = predecessor?._lineage ?? new Lineage();
        _gate = _lineage.Gate;
        Instances = [.. options.Instances.Select((instance, at) => new ServiceInstance(instance, options, clock, at, predecessor?.InstanceAt(instance)))];
        RetryBudget = predecessor is not null && predecessor.Options.Retry == options.Retry ? predecessor.RetryBudget : new RetryBudget(options.Retry);
        Refresh();
    }

    public string Name { get; }

    /// <summary>Position in the configuration's snapshot: stages keep what they decided per service in arrays by it.</summary>
    public int Index { get; }

    public ServiceOptions Options { get; }

    public ServiceInstance[] Instances { get; }

    public RetryBudget RetryBudget { get; }

    /// <summary>Requests for it.</summary>
    public TrafficFigures Figures => _lineage.Figures;

    /// <summary>The instances that active checks believe in, and no operator has taken out; swapped whole, never changed in place.</summary>
    public ServiceInstance[] Healthy => _healthy;

    /// <summary>Those of them that are not left out; rather all of them than none. Swapped whole, never changed in place.</summary>
    public ServiceInstance[] Usable
    {
        get
        {
            long next = Volatile.Read(ref _nextReturn);
            if (next != long.MaxValue && _clock.GetTimestamp() >= next)
            {
                Refresh();
            }

            return _usable;
        }
    }

    /// <summary>Requests being proxied to the service now.</summary>
    public int InFlight
    {
        get
        {
            int sum = 0;
            foreach (ServiceInstance instance in Instances)
            {
                sum += instance.InFlight;
            }

            return sum;
        }
    }

    /// <summary>Requests ask it from now on: it learns what those of its name in the configurations before find out.</summary>
    public void PutInForce()
    {
        _lineage.Latest = this;
        Refresh();
    }

    /// <summary>Takes in how an attempt ended.</summary>
    /// <param name="instance">At whom it was made.</param>
    /// <param name="pass">Its breaker's leave.</param>
    /// <param name="result">How it ended.</param>
    /// <param name="latency">From its start to the answer's headers; null when that says nothing about the instance.</param>
    public void Record(ServiceInstance instance, CircuitPass pass, AttemptResult result, TimeSpan? latency)
    {
        if (result != AttemptResult.Neutral)
        {
            instance.Figures.Attempted(result == AttemptResult.Failure, latency?.TotalMilliseconds);
        }

        Judge(instance, pass, result, latency);
    }

    /// <summary>Takes in that an attempt whose success was recorded failed after all: its answer broke off.</summary>
    /// <param name="instance">At whom it was made.</param>
    /// <param name="pass">Its breaker's leave.</param>
    /// <param name="latency">As it was recorded.</param>
    public void RecordBreak(ServiceInstance instance, CircuitPass pass, TimeSpan? latency)
    {
        instance.Figures.BrokeOff();
        Judge(instance, pass, AttemptResult.Failure, latency);
    }

    private void Judge(ServiceInstance instance, CircuitPass pass, AttemptResult result, TimeSpan? latency)
    {
        bool wasTrying = instance.Breaker.State == CircuitState.HalfOpen;
        if (instance.Breaker.Record(pass, result))
        {
            bool isClosed = instance.Breaker.State == CircuitState.Closed;
            if (isClosed)
            {
                instance.StartSlowly();
            }

            if (isClosed)
            {
                _watcher(this, instance, InstanceEvent.CircuitClosed, null);
            }
            else
            {
                _watcher(this, instance, InstanceEvent.CircuitOpened, wasTrying
                    ? "a failed attempt to see whether it is back"
                    : string.Create(CultureInfo.InvariantCulture, $"{Options.CircuitBreaker.FailureThreshold} failures in a row"));
            }
        }

        if (result == AttemptResult.Neutral || Instances.Length == 1)
        {
            return;
        }

        bool isSlow = latency > Options.Outliers.SlowerThan;
        if (instance.Outliers.Record(isSlow || result == AttemptResult.Failure) is { } why)
        {
            Eject(instance, isSlow ? why + ", the last by being slow" : why);
        }
    }

    /// <summary>Takes in one active check.</summary>
    /// <param name="instance">Who was asked.</param>
    /// <param name="failure">What went wrong; null when the check passed.</param>
    public void RecordCheck(ServiceInstance instance, string? failure)
    {
        (HealthStatus before, bool wasInService) = (instance.Health.Status, instance.IsInService);
        switch (instance.Health.Record(failure, _clock.GetUtcNow(), _checks))
        {
            case HealthChange.Failed:
                Refresh();
                _watcher(this, instance, InstanceEvent.Unhealthy, failure);
                break;
            case HealthChange.Recovered when !wasInService:
                instance.Breaker.Hasten();
                instance.StartSlowly();
                Refresh(returning: instance);
                if (before == HealthStatus.Unhealthy)
                {
                    _watcher(this, instance, InstanceEvent.Healthy, null);
                }

                break;
        }
    }

    /// <summary>The instance asks, by Retry-After, not to be asked for a while. Where no other is left it is asked all the same.</summary>
    public void Hold(ServiceInstance instance, TimeSpan time)
    {
        TimeSpan most = Options.Outliers.MaxEjectionTime;
        lock (_gate)
        {
            long now = _clock.GetTimestamp();
            if (instance.Ejection.IsLeftOut(now))
            {
                // Many may ask for it at the same time.
                return;
            }

            instance.Ejection.Hold(time < most ? time : most, now);
        }

        Refresh();
    }

    private ServiceInstance? InstanceAt(InstanceOptions options) =>
        InstanceOptions.TryParseUrl(options.Url, out Uri address)
            ? Instances.FirstOrDefault(one => one.Origin == address.GetLeftPart(UriPartial.Authority))
            : null;

    private void Eject(ServiceInstance instance, string why)
    {
        TimeSpan time;
        lock (_gate)
        {
            int gone = Instances.Count(static one => one.Ejection.IsEjected || one.Health.Status == HealthStatus.Unhealthy || one.Operator != OperatorState.Ready);
            if (instance.Ejection.IsEjected || (gone + 1) * 100 > Instances.Length * Options.Outliers.MaxEjectedPercent)
            {
                return;
            }

            time = instance.Ejection.Begin(Options.Outliers, _clock.GetTimestamp());
        }

        Refresh();
        _watcher(this, instance, InstanceEvent.Ejected, string.Create(CultureInfo.InvariantCulture, $"{why}; for {time.TotalSeconds:0.###} s"));
    }

    /// <summary>Brings <see cref="Healthy"/> and <see cref="Usable"/> up to date.</summary>
    /// <param name="returning">Whose ejection ends before its time; null for nobody.</param>
    /// <param name="forgiven">Who comes back without probation, and whose ejections are forgotten; null for nobody.</param>
    private void Refresh(ServiceInstance? returning = null, ServiceInstance? forgiven = null)
    {
        List<ServiceInstance>? returned = null;

        // Several may see a change at once: without the lock an older view could overwrite a newer one.
        lock (_gate)
        {
            long now = _clock.GetTimestamp();
            foreach (ServiceInstance instance in Instances)
            {
                if (instance.Ejection.End(now, early: instance == returning))
                {
                    instance.Outliers.Probe();
                    instance.StartSlowly();
                    (returned ??= []).Add(instance);
                }

                if (instance == forgiven)
                {
                    instance.Outliers.Forget();
                    instance.Ejection.Forget();
                }
            }

            _healthy = [.. Instances.Where(static instance => instance.Health.Status == HealthStatus.Healthy && instance.Operator == OperatorState.Ready)];
            ServiceInstance[] usable = [.. _healthy.Where(instance => !instance.Ejection.IsLeftOut(now))];
            _usable = usable.Length > 0 ? usable : _healthy;
            Volatile.Write(ref _nextReturn, Instances.Select(static instance => instance.Ejection.EndsAt).DefaultIfEmpty(long.MaxValue).Min());
        }

        if (_lineage.Latest is { } latest && latest != this)
        {
            latest.Refresh();
        }

        foreach (ServiceInstance instance in returned ?? [])
        {
            _watcher(this, instance, InstanceEvent.Returned, null);
        }
    }

    /// <summary>What a service shares with those of its name in later configurations, since they share what is believed of the instances. Each
    /// knows the latest, not the next: one that a long request holds would else hold all that came after it.</summary>
    private sealed class Lineage
    {
        private volatile BackendService? _latest;

        public Lock Gate { get; } = new();

        public TrafficFigures Figures { get; } = new();

        /// <summary>Whom requests of the configuration in force ask.</summary>
        public BackendService? Latest
        {
            get => _latest;
            set => _latest = value;
        }
    }
}
