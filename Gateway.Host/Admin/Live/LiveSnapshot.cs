using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Host.Admin.Live;

/// <summary>How the gateway is at one moment, as <c>GET /admin/v1/snapshot</c> and the stream tell it. Shares from 0 to 1; null where there is nothing to tell.</summary>
internal sealed record LiveSnapshot
{
    public required DateTimeOffset At { get; init; }

    public required string Version { get; init; }

    /// <summary>The machine's name; in Kubernetes, the pod's.</summary>
    public required string Pod { get; init; }

    public required double UptimeSeconds { get; init; }

    public required string? NotReady { get; init; }

    /// <summary><c>off</c>, <c>manual</c> or <c>shutdown</c>.</summary>
    public required string Drain { get; init; }

    /// <summary>Whether there is an admin token, without which nothing can be changed.</summary>
    public required bool ChangesAllowed { get; init; }

    public required ConfigurationInfo Config { get; init; }

    public required LiveTargets Targets { get; init; }

    public required LiveNow Now { get; init; }

    public required IReadOnlyList<LiveService> Services { get; init; }

    /// <summary>Those with traffic in the last minute.</summary>
    public required IReadOnlyDictionary<string, LiveRoute> Routes { get; init; }

    public required IReadOnlyList<LiveLimit> RateLimits { get; init; }

    public required LiveStore RateLimitStore { get; init; }

    public required LiveAuth Auth { get; init; }

    /// <summary>Requests that were refused or failed, ever.</summary>
    public required long ErrorsTotal { get; init; }
}

/// <summary>What the specification asks for.</summary>
internal sealed record LiveTargets(
    [property: JsonPropertyName("p50_ms")] double P50, [property: JsonPropertyName("p95_ms")] double P95,
    [property: JsonPropertyName("p99_ms")] double P99, double RequestsPerSecond);

/// <summary>The whole gateway.</summary>
internal sealed record LiveNow
{
    public required double Rps { get; init; }

    public required double? ErrorShare { get; init; }

    [JsonPropertyName("p50_ms")]
    public required double? P50 { get; init; }

    [JsonPropertyName("p95_ms")]
    public required double? P95 { get; init; }

    [JsonPropertyName("p99_ms")]
    public required double? P99 { get; init; }

    public required int InFlight { get; init; }

    public required int InFlightLimit { get; init; }

    public required double CpuCores { get; init; }

    public required double CpuLimitCores { get; init; }

    public required long MemoryBytes { get; init; }

    public required long MemoryLimitBytes { get; init; }

    public required double RefusedRps { get; init; }

    /// <summary>A second, by reason.</summary>
    public required IReadOnlyDictionary<string, double> Refusals { get; init; }

    public required double QueueDelayMs { get; init; }
}

internal sealed record LiveService
{
    public required string Name { get; init; }

    public required string LoadBalancing { get; init; }

    public required double Rps { get; init; }

    public required double? ErrorShare { get; init; }

    [JsonPropertyName("p50_ms")]
    public required double? P50 { get; init; }

    [JsonPropertyName("p99_ms")]
    public required double? P99 { get; init; }

    public required double RetriesPerSecond { get; init; }

    public required LiveDiscovery Discovery { get; init; }

    public required IReadOnlyList<LiveInstance> Instances { get; init; }
}

/// <param name="Kind">As configured.</param>
/// <param name="StaleSeconds">Since who knows the instances was last heard; 0 while it is.</param>
internal sealed record LiveDiscovery(string Kind, double StaleSeconds);

internal sealed record LiveInstance
{
    public required string Name { get; init; }

    /// <summary>One of <see cref="InstanceStanding"/>'s.</summary>
    public required string State { get; init; }

    /// <summary>Why, in a sentence.</summary>
    public required string Why { get; init; }

    public required int Weight { get; init; }

    public required int InFlight { get; init; }

    public required int Limit { get; init; }

    /// <summary>Attempts a second.</summary>
    public required double Rps { get; init; }

    /// <summary>Until the answer's headers.</summary>
    [JsonPropertyName("p50_ms")]
    public required double? P50 { get; init; }

    [JsonPropertyName("p99_ms")]
    public required double? P99 { get; init; }

    public required double? ErrorShare { get; init; }

    /// <summary>Null without checks, and before the first.</summary>
    public required LiveCheck? LastCheck { get; init; }

    public required LiveCircuit Circuit { get; init; }

    public required DateTimeOffset? EjectedUntil { get; init; }

    /// <summary>What an operator wants: <c>drain</c>, <c>down</c>; null for nothing.</summary>
    public required string? Override { get; init; }
}

internal sealed record LiveCheck(DateTimeOffset At, bool Ok, string Message);

/// <param name="State"><c>closed</c>, <c>open</c> or <c>half_open</c>.</param>
/// <param name="Until">When an open one tries again.</param>
internal sealed record LiveCircuit(string State, DateTimeOffset? Until);

internal sealed record LiveRoute(
    double Rps, [property: JsonPropertyName("p50_ms")] double? P50, [property: JsonPropertyName("p99_ms")] double? P99,
    [property: JsonPropertyName("share_4xx")] double? ClientErrors, [property: JsonPropertyName("share_5xx")] double? ServerErrors);

internal sealed record LiveLimit
{
    public required string Policy { get; init; }

    public required string Key { get; init; }

    public required long Capacity { get; init; }

    public required double RefillPerSecond { get; init; }

    public required int Buckets { get; init; }

    public required double AllowedRps { get; init; }

    public required double RefusedRps { get; init; }

    /// <summary>Decisions a second, by who decided: <c>local</c>, <c>store</c>, <c>fallback</c>.</summary>
    public required IReadOnlyDictionary<string, double> Sources { get; init; }

    public required IReadOnlyList<LiveRefusedKey> TopRefused { get; init; }
}

/// <param name="Key">Masked.</param>
/// <param name="Refused">Refusals of about the last minutes.</param>
internal sealed record LiveRefusedKey(string Key, long Refused);

internal sealed record LiveStore(string Kind, bool Degraded, int Replicas);

internal sealed record LiveAuth
{
    public required bool Configured { get; init; }

    public int Cached { get; init; }

    public double HitsPerSecond { get; init; }

    public double NegativeHitsPerSecond { get; init; }

    public double MissesPerSecond { get; init; }

    public double? HitShare { get; init; }

    public double StalePerSecond { get; init; }

    public double CallsPerSecond { get; init; }

    public double FailedPerSecond { get; init; }

    /// <summary>In force now.</summary>
    public int Revocations { get; init; }

    public bool StoreDegraded { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LiveSnapshot))]
[JsonSerializable(typeof(LiveHistory))]
internal sealed partial class LiveJson : JsonSerializerContext
{
    /// <summary>Figures with as many digits as anybody reads: a snapshot is a third shorter for it.</summary>
    public static LiveJson Rounded { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new ShortNumbers() },
    });

    private sealed class ShortNumbers : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(Math.Round(value, 4));
    }
}
