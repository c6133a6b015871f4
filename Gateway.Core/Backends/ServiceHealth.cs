namespace Gateway.Core.Backends;

/// <summary>What active checks believe about an instance.</summary>
internal enum HealthStatus
{
    Healthy,
    Unhealthy,
}

/// <summary>What a check changed.</summary>
internal enum HealthChange
{
    None,

    /// <summary>The status is Unhealthy now.</summary>
    Failed,

    /// <summary>As many checks in a row as it takes have passed after one that did not, whether the status was Unhealthy meanwhile or not.</summary>
    Recovered,
}

/// <summary>
/// Counts an instance's checks against rise and fall. An instance starts healthy: traffic must not wait for the first check.
/// Written by its checker alone; may be read from any thread.
/// </summary>
internal sealed class ServiceHealth
{
    private int _passed;
    private int _failed;
    private volatile bool _isInDoubt;
    private volatile HealthStatus _status = HealthStatus.Healthy;
    private volatile Check? _last;

    public HealthStatus Status => _status;

    /// <summary>Whether a check has failed since the instance was last known to be well.</summary>
    public bool IsInDoubt => _isInDoubt;

    /// <summary>When the last check ended; null before the first.</summary>
    public DateTimeOffset? LastCheck => _last?.At;

    /// <summary>What the last failed check met; null when the last one passed.</summary>
    public string? LastFailure => _last?.Failure;

    /// <summary>Takes in one check.</summary>
    /// <param name="failure">What went wrong; null when the check passed.</param>
    /// <param name="at">When the check ended.</param>
    /// <param name="options">Rise and fall.</param>
    public HealthChange Record(string? failure, DateTimeOffset at, HealthCheckOptions options)
    {
        _last = new Check(at, failure);
        if (failure is null)
        {
            _failed = 0;
            if (!_isInDoubt || ++_passed < options.Rise)
            {
                return HealthChange.None;
            }

            _isInDoubt = false;
            _status = HealthStatus.Healthy;
            return HealthChange.Recovered;
        }

        (_passed, _isInDoubt) = (0, true);
        if (_status == HealthStatus.Unhealthy || ++_failed < options.Fall)
        {
            return HealthChange.None;
        }

        _status = HealthStatus.Unhealthy;
        return HealthChange.Failed;
    }

    /// <summary>One object, so that a reader never sees half of a time.</summary>
    private sealed record Check(DateTimeOffset At, string? Failure);
}
