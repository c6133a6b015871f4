using System.Text.Json;
using Gateway.Host.Admin;
using Gateway.Host.Admin.Live;

namespace Gateway.Tests.Host.Admin.Live;

/// <summary>The names that pages and scripts go by.</summary>
public sealed class LiveSnapshotTests
{
    [Fact]
    public void Json_HasShortNumbersAndTheNamesAsTheyAreWritten()
    {
        LiveSnapshot snapshot = Empty(DateTimeOffset.UnixEpoch) with
        {
            Routes = new Dictionary<string, LiveRoute> { ["r"] = new(1.0 / 3, 1.5, null, 0, 1) },
        };
        string json = JsonSerializer.Serialize(snapshot, LiveJson.Rounded.LiveSnapshot);
        json.Should().Contain("\"targets\":{\"p50_ms\":10,\"p95_ms\":50,\"p99_ms\":100,\"requests_per_second\":10000}")
            .And.Contain("\"r\":{\"rps\":0.3333,\"p50_ms\":1.5,\"p99_ms\":null,\"share_4xx\":0,\"share_5xx\":1}")
            .And.Contain("\"not_ready\":null").And.Contain("\"changes_allowed\":false").And.Contain("\"last_reload\":null");
    }

    internal static LiveSnapshot Empty(DateTimeOffset at) => new()
    {
        At = at,
        Version = "1",
        Pod = "pod",
        UptimeSeconds = 1,
        NotReady = null,
        Drain = "off",
        ChangesAllowed = false,
        Config = new ConfigurationInfo { Generation = 1, LoadedAt = at, LastReload = null },
        Targets = new LiveTargets(10, 50, 100, 10_000),
        Now = new LiveNow
        {
            Rps = 0,
            ErrorShare = null,
            P50 = null,
            P95 = null,
            P99 = null,
            InFlight = 0,
            InFlightLimit = 1,
            CpuCores = 0,
            CpuLimitCores = 1,
            MemoryBytes = 0,
            MemoryLimitBytes = 1,
            RefusedRps = 0,
            Refusals = new Dictionary<string, double>(),
            QueueDelayMs = 0,
        },
        Services = [],
        Routes = new Dictionary<string, LiveRoute>(),
        RateLimits = [],
        RateLimitStore = new LiveStore("Memory", false, 1),
        Auth = new LiveAuth { Configured = false },
        ErrorsTotal = 0,
    };
}
