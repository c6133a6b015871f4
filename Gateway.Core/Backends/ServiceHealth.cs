namespace Gateway.Core.Backends;

/// <summary>What active checks believe about an instance.</summary>
internal enum HealthStatus
{
    Healthy,
    Unhealthy,
}

/// <summary>
/// Counts an instance's checks against rise and fall. An instance starts healthy: traffic must not wait for the first check.
/// Written by its checker alone; may be read from any thread.
/// </summary>
internal sealed class ServiceHealth
{
    private int _inARow;
    private volatile HealthStatus _status = HealthStatus.Healthy;
    private volatile Check? _last;

    public HealthStatus Status => _status;

    /// <summary>When the last check ended; null before the first.</summary>
    public DateTimeOffset? LastCheck => _last?.At;

    /// <summary>What the last failed check met; null when the last one passed.</summary>
    public string? LastFailure => _last?.Failure;

    /// <summary>Takes in one check. True when the status changed.</summary>
    /// <param name="failure">What went wrong; null when the check passed.</param>
    /// <param name="at">When the check ended.</param>
    /// <param name="options">Rise and fall.</param>
    public bool Record(string? failure, DateTimeOffset at, HealthCheckOptions options)
    {
        _last = new Check(at, failure);
        HealthStatus seen = failure is null ? HealthStatus.Healthy : HealthStatus.Unhealthy;
        if (seen == _status)
        {
            _inARow = 0;
            return false;
        }

        _inARow++;
        if (_inARow < (seen == HealthStatus.Healthy ? options.Rise : options.Fall))
        {
            return false;
        }

        _inARow = 0;
        _status = seen;
        return true;
    }

    /// <summary>One object, so that a reader never sees half of a time.</summary>
    private sealed record Check(DateTimeOffset At, string? Failure);
}
