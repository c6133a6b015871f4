using System.Diagnostics.Metrics;

namespace Gateway.Host.Serving;

/// <summary>Which configuration is in force, and what became of the last attempt to put another in force.</summary>
/// <param name="Generation">1 for the first, and one more for each that followed.</param>
/// <param name="LoadedAt">When it was put in force.</param>
/// <param name="LastReloadAt">When another was last tried; null when none was.</param>
/// <param name="Problems">What was wrong with that one, as <c>gateway check</c> tells it; empty when it was put in force.</param>
internal sealed record ReloadStatus(int Generation, DateTimeOffset LoadedAt, DateTimeOffset? LastReloadAt, IReadOnlyList<string> Problems);

/// <summary>Keeps the <see cref="ReloadStatus"/>, for the admin port and the metrics. Written by one at a time; may be read from any thread.</summary>
internal sealed class ReloadHistory
{
    private readonly TimeProvider _clock;
    private readonly Counter<long> _reloads;
    private volatile ReloadStatus _status;

    public ReloadHistory(Meter meter, TimeProvider clock)
    {
        (_clock, _status) = (clock, new ReloadStatus(1, clock.GetUtcNow(), null, []));
        _reloads = meter.CreateCounter<long>("gateway_config_reloads_total", description: "Attempts to put another configuration in force, by result.");
        meter.CreateObservableGauge("gateway_config_generation", () => _status.Generation, description: "1 for the first configuration, one more for each that followed.");
        meter.CreateObservableGauge("gateway_config_last_reload_successful", () => _status.Problems.Count == 0 ? 1 : 0,
            description: "0 while the last changed configuration was refused and the one before stays in force.");
    }

    public ReloadStatus Status => _status;

    /// <summary>Another is in force.</summary>
    public void Succeeded()
    {
        DateTimeOffset now = _clock.GetUtcNow();
        _status = new ReloadStatus(_status.Generation + 1, now, now, []);
        _reloads.Add(1, new KeyValuePair<string, object?>("result", "success"));
    }

    /// <summary>Another was refused; nothing has changed.</summary>
    public void Failed(IReadOnlyList<string> problems)
    {
        _status = _status with { LastReloadAt = _clock.GetUtcNow(), Problems = problems };
        _reloads.Add(1, new KeyValuePair<string, object?>("result", "failure"));
    }
}
