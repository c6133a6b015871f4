using System.Text;
using Gateway.Core.Errors;

namespace Gateway.Core.Backends;

/// <summary>Active health checks: a GET to each instance, at an interval with ±10 % jitter.</summary>
public sealed record HealthCheckOptions
{
    internal const int MinCount = 1, MaxCount = 100;
    internal static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(10), MaxInterval = TimeSpan.FromHours(1);

    /// <summary>Path (and query) asked for; any 2xx answer is healthy. Starts with a slash; default <c>/health</c>.</summary>
    public string Path { get; init; } = "/health";

    /// <summary>Time between the end of one check and the start of the next. 10 ms – 1 h; default 10 s, as the Kubernetes probes' periodSeconds.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The same while the instance is not known to be well: its last checks failed, its circuit is not closed, or it is ejected. So one
    /// that is back is noticed soon. 10 ms – 1 h; <see cref="Interval"/> where that is shorter; default 500 ms.</summary>
    public TimeSpan FastInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a check may take before it counts as failed. 10 ms – 1 h; default 2 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Checks in a row that must pass before an unhealthy instance is used again. Count, 1–100; default 2, as HAProxy's rise.</summary>
    public int Rise { get; init; } = 2;

    /// <summary>Checks in a row that must fail before an instance is taken out. Count, 1–100; default 3, as HAProxy's fall.</summary>
    public int Fall { get; init; } = 3;

    internal void Validate(string at, OptionErrors errors)
    {
        if (!Path.StartsWith('/') || Path.AsSpan().ContainsAnyInRange('\0', ' ') || !Ascii.IsValid(Path))
        {
            errors.Add($"{at}:{nameof(Path)}", $"'{Path}' is not a path; it starts with '/' and has no spaces");
        }

        errors.Range($"{at}:{nameof(Interval)}", Interval, MinInterval, MaxInterval);
        errors.Range($"{at}:{nameof(FastInterval)}", FastInterval, MinInterval, MaxInterval);
        errors.Range($"{at}:{nameof(Timeout)}", Timeout, MinInterval, MaxInterval);
        errors.Range($"{at}:{nameof(Rise)}", Rise, MinCount, MaxCount);
        errors.Range($"{at}:{nameof(Fall)}", Fall, MinCount, MaxCount);
    }
}
