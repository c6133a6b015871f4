using Gateway.Core.Errors;

namespace Gateway.Core.Resilience;

/// <summary>
/// When an instance that does worse than it should is left out for a while, though it may answer now and then (outlier ejection). Beside the
/// breaker, which stops asking an instance that only fails: ejected are never more than <see cref="MaxEjectedPercent"/> of a service's instances,
/// and where no other is left all are asked.
/// </summary>
public sealed record OutlierOptions
{
    internal const int MaxCount = 10_000;
    internal static readonly TimeSpan MinTime = TimeSpan.FromMilliseconds(10), MaxTime = TimeSpan.FromHours(1);

    /// <summary>Failures in a row that eject. Count, 0–10,000; 0 switches this rule off; default 5, as Envoy's consecutive_5xx.
    /// What counts as a failure is the breaker's: HTTP 5xx, connect failures, resets and timeouts.</summary>
    public int ConsecutiveFailures { get; init; } = 5;

    /// <summary>Failures among the attempts of the last <see cref="Window"/> that eject. Percent, 0–100; 0 switches this rule off; default 50.</summary>
    public int FailurePercent { get; init; } = 50;

    /// <summary>Attempts in the window below which <see cref="FailurePercent"/> says nothing. Count, 1–10,000; default 20.</summary>
    public int MinRequests { get; init; } = 20;

    /// <summary>How far back <see cref="FailurePercent"/> looks, to within a half. 10 ms – 1 h; default 10 s, as Envoy's interval.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>An attempt whose answer's headers come later counts as a failure here (not for the breaker). 10 ms – 1 h; null (default): slow is
    /// not ill.</summary>
    public TimeSpan? SlowerThan { get; init; }

    /// <summary>How long the first ejection lasts; the second in close succession lasts twice as long, the third three times, and so on.
    /// 10 ms – 1 h; default 30 s, as Envoy's base_ejection_time.</summary>
    public TimeSpan EjectionTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How far ejections grow; the first always lasts <see cref="EjectionTime"/>. 10 ms – 1 h; default 5 min, as Envoy's.</summary>
    public TimeSpan MaxEjectionTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Most instances of the service that may be ejected at a time, rounded down; those that fail their checks count too. Percent, 0–100;
    /// 0 ejects none; default 50.</summary>
    public int MaxEjectedPercent { get; init; } = 50;

    /// <summary>How long an instance that comes back, from an ejection, an open circuit or failed checks, takes to get its full share, beginning
    /// with a tenth. 0 – 1 h; 0 gives it all at once; default 10 s.</summary>
    public TimeSpan SlowStart { get; init; } = TimeSpan.FromSeconds(10);

    internal void Validate(string at, OptionErrors errors)
    {
        errors.Range($"{at}:{nameof(ConsecutiveFailures)}", ConsecutiveFailures, 0, MaxCount);
        errors.Range($"{at}:{nameof(FailurePercent)}", FailurePercent, 0, 100);
        errors.Range($"{at}:{nameof(MinRequests)}", MinRequests, 1, MaxCount);
        errors.Range($"{at}:{nameof(Window)}", Window, MinTime, MaxTime);
        if (SlowerThan is { } slow)
        {
            errors.Range($"{at}:{nameof(SlowerThan)}", slow, MinTime, MaxTime);
        }

        errors.Range($"{at}:{nameof(EjectionTime)}", EjectionTime, MinTime, MaxTime);
        errors.Range($"{at}:{nameof(MaxEjectionTime)}", MaxEjectionTime, MinTime, MaxTime);
        errors.Range($"{at}:{nameof(MaxEjectedPercent)}", MaxEjectedPercent, 0, 100);
        errors.Range($"{at}:{nameof(SlowStart)}", SlowStart, TimeSpan.Zero, MaxTime);
    }
}
