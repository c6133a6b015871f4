using Gateway.Core.Errors;

namespace Gateway.Core.Resilience;

/// <summary>
/// When a request that failed is sent to another instance of its service: always when no connection could be made; when bytes were sent,
/// only for methods that are idempotent (RFC 9110 §9.2.2); never once an answer's headers came. A service with one instance is asked once.
/// </summary>
public sealed record RetryOptions
{
    internal const int MaxMaxAttempts = 10, MaxBody = 1 << 20, MaxMinConcurrent = 10_000;
    internal static readonly TimeSpan MaxBackoff = TimeSpan.FromMinutes(1);

    /// <summary>Attempts in all: 1 means no retry. 1–10; default 2.</summary>
    public int MaxAttempts { get; init; } = 2;

    /// <summary>Most retries at a time, as a share of the service's requests in flight, so that retries do not multiply an outage.
    /// Percent, 0–100; default 20, as Envoy's retry budget.</summary>
    public int BudgetPercent { get; init; } = 20;

    /// <summary>Retries at a time that are allowed however few requests are in flight. 0–10,000; default 3, as Envoy's min_retry_concurrency.</summary>
    public int MinConcurrent { get; init; } = 3;

    /// <summary>Before the first retry a time between zero and this passes, drawn at random (full jitter); before each further one up to twice as
    /// much as before. 0 – 1 min; default 25 ms, as Envoy's.</summary>
    public TimeSpan BaseBackoff { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Longest such time. 0 – 1 min; default 250 ms, as Envoy's.</summary>
    public TimeSpan MaximumBackoff { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Largest request body that is kept, in memory until the request is over, to be sent again. A request with a longer one is
    /// not retried once its body has been begun. Bytes, 0–1,048,576; default 65,536.</summary>
    public int MaxBodyBytes { get; init; } = 64 << 10;

    internal void Validate(string at, OptionErrors errors)
    {
        errors.Range($"{at}:{nameof(MaxAttempts)}", MaxAttempts, 1, MaxMaxAttempts);
        errors.Range($"{at}:{nameof(BudgetPercent)}", BudgetPercent, 0, 100);
        errors.Range($"{at}:{nameof(MinConcurrent)}", MinConcurrent, 0, MaxMinConcurrent);
        errors.Range($"{at}:{nameof(BaseBackoff)}", BaseBackoff, TimeSpan.Zero, MaxBackoff);
        errors.Range($"{at}:{nameof(MaximumBackoff)}", MaximumBackoff, TimeSpan.Zero, MaxBackoff);
        errors.Range($"{at}:{nameof(MaxBodyBytes)}", MaxBodyBytes, 0, MaxBody);
    }

    /// <summary>How long to wait before a retry.</summary>
    /// <param name="retry">1 for the first.</param>
    /// <param name="random">0 to below 1.</param>
    internal TimeSpan BackoffOf(int retry, double random)
    {
        double most = Math.Min(MaximumBackoff.TotalMilliseconds, BaseBackoff.TotalMilliseconds * Math.Pow(2, retry - 1));
        return TimeSpan.FromMilliseconds(most * random);
    }
}
