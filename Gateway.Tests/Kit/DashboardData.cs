using System.Globalization;
using System.Text.Json.Nodes;

namespace Gateway.Tests.Kit;

/// <summary>What the admin port tells the dashboard, as JSON that a test changes as it likes. All times are those of one fixed moment.</summary>
internal static class DashboardData
{
    /// <summary>Everything is well: two services with three instances, three routes of which two have traffic, two limits.</summary>
    public static JsonObject Snapshot() => Parse("""
        {
          "at": "2026-01-02T03:04:05Z", "version": "1.2.3", "pod": "gateway-7c9f", "uptime_seconds": 11723.4, "not_ready": null, "drain": "off",
          "changes_allowed": true,
          "config": { "generation": 3, "loaded_at": "2026-01-02T02:52:01Z", "last_reload": { "at": "2026-01-02T02:52:01Z", "result": "success", "problems": [] } },
          "targets": { "p50_ms": 10, "p95_ms": 50, "p99_ms": 100, "requests_per_second": 10000 },
          "now": {
            "rps": 1812.0, "error_share": 0.0012, "p50_ms": 1.24, "p95_ms": 3.1, "p99_ms": 9.8, "in_flight": 12, "in_flight_limit": 65536,
            "cpu_cores": 0.42, "cpu_limit_cores": 2.0, "memory_bytes": 80740352, "memory_limit_bytes": 536870912,
            "refused_rps": 1.0, "refusals": { "rate_limited": 0.8, "token_missing": 0.2 }, "queue_delay_ms": 0.4
          },
          "services": [
            {
              "name": "product", "load_balancing": "RoundRobin", "rps": 120.0, "error_share": 0.0, "p50_ms": 1.0, "p99_ms": 4.0, "retries_per_second": 0.5,
              "discovery": { "kind": "Static", "stale_seconds": 0 }, "instances": []
            },
            {
              "name": "cart", "load_balancing": "LeastConnections", "rps": 30.0, "error_share": 0.0, "p50_ms": 1.0, "p99_ms": 4.0, "retries_per_second": 0.0,
              "discovery": { "kind": "Kubernetes", "stale_seconds": 0 }, "instances": []
            }
          ],
          "routes": {
            "products": { "rps": 120.0, "p50_ms": 1.0, "p99_ms": 4.0, "share_4xx": 0.031, "share_5xx": 0.0 },
            "cart": { "rps": 30.0, "p50_ms": 1.5, "p99_ms": 6.0, "share_4xx": 0.0, "share_5xx": 0.012 }
          },
          "rate_limits": [
            {
              "policy": "per-ip", "key": "Ip", "capacity": 200, "refill_per_second": 100.0, "buckets": 12, "allowed_rps": 80.0, "refused_rps": 1.0,
              "sources": { "local": 81.0 }, "top_refused": [ { "key": "203.0.…", "refused": 41 }, { "key": "198.51.…", "refused": 7 } ]
            },
            {
              "policy": "per-user", "key": "User", "capacity": 50, "refill_per_second": 10.0, "buckets": 3, "allowed_rps": 20.0, "refused_rps": 0.0,
              "sources": { "store": 1.5, "fallback": 18.5 }, "top_refused": []
            }
          ],
          "rate_limit_store": { "kind": "Redis", "degraded": false, "replicas": 3 },
          "auth": {
            "configured": true, "cached": 120, "hits_per_second": 70.0, "negative_hits_per_second": 0.1, "misses_per_second": 1.3, "hit_share": 0.98,
            "stale_per_second": 0.0, "calls_per_second": 1.2, "failed_per_second": 0.0, "revocations": 2, "store_degraded": false
          },
          "errors_total": 2
        }
        """).With(static snapshot =>
        {
            Instances(snapshot, 0).Add(Instance("http://10.0.0.4:8004", "ok", "answers its checks"));
            Instances(snapshot, 0).Add(Instance("http://10.0.0.5:8004", "ok", "answers its checks"));
            Instances(snapshot, 1).Add(Instance("http://10.0.0.7:8007", "ok", "answers its checks"));
        });

    /// <summary>As many of all as that. One instance in forty fails its checks; six routes in ten have traffic.</summary>
    public static JsonObject Large(int services, int instancesOfEach, int routes, int seed)
    {
        var random = new Random(seed);
        JsonObject snapshot = Snapshot();
        var all = new JsonArray();
        for (int i = 0; i < services; i++)
        {
            JsonObject service = snapshot["services"]![0]!.DeepClone().AsObject();
            service["name"] = $"service-{i:d2}";
            service["instances"] = new JsonArray([.. Enumerable.Range(0, instancesOfEach).Select(k => Busy(
                (i * instancesOfEach + k) % 40 == 0
                    ? Instance($"http://10.0.{i}.{k}:8000", "failing", "3 checks in a row failed: timed out after 2 s")
                    : Instance($"http://10.0.{i}.{k}:8000", "ok", "answers its checks"),
                random))]);
            all.Add(Busy(service, random));
        }

        snapshot["services"] = all;
        snapshot["routes"] = new JsonObject(Enumerable.Range(0, routes * 6 / 10).Select(i => KeyValuePair.Create<string, JsonNode?>($"route-{i:d3}", new JsonObject
        {
            ["rps"] = Math.Round(random.NextDouble() * 90, 1),
            ["p50_ms"] = random.NextDouble(),
            ["p99_ms"] = random.NextDouble() * 20,
            ["share_4xx"] = random.NextDouble() / 10,
            ["share_5xx"] = 0,
        })));
        return snapshot;
    }

    /// <summary>What <c>/admin/v1/routes</c> answers to <see cref="Snapshot"/>.</summary>
    public static JsonObject Routes() => Parse("""
        {
          "generation": 3,
          "routes": [
            { "name": "products", "host": null, "pattern": "/api/products/{**rest}", "methods": [ "GET", "HEAD" ], "headers": {}, "service": "product", "split": null, "auth": "Anonymous", "rate_limits": [ "per-ip" ] },
            { "name": "cart", "host": "shop.example", "pattern": "/api/cart", "methods": null, "headers": {}, "service": "cart", "split": null, "auth": "Required", "rate_limits": [] },
            { "name": "quiet", "host": null, "pattern": "/api/quiet", "methods": null, "headers": {}, "service": "product", "split": null, "auth": "Required", "rate_limits": [] }
          ]
        }
        """);

    public static JsonObject ManyRoutes(int count) => new()
    {
        ["generation"] = 3,
        ["routes"] = new JsonArray([.. Enumerable.Range(0, count).Select(static i => Routes()["routes"]![0]!.DeepClone().AsObject().With(route =>
        {
            (route["name"], route["pattern"]) = ($"route-{i:d3}", $"/api/route-{i:d3}/{{**rest}}");
        }))]),
    };

    public static JsonObject Instance(string name, string state, string why) => new()
    {
        ["name"] = name,
        ["state"] = state,
        ["why"] = why,
        ["weight"] = 1,
        ["in_flight"] = 2,
        ["limit"] = 1024,
        ["rps"] = 60.0,
        ["p50_ms"] = 1.0,
        ["p99_ms"] = 4.0,
        ["error_share"] = 0.0,
        ["last_check"] = new JsonObject
        {
            ["at"] = "2026-01-02T03:04:02Z",
            ["ok"] = state == "ok",
            ["message"] = state == "ok" ? "200 in 1 ms" : "timed out",
        },
        ["circuit"] = new JsonObject
        {
            ["state"] = "closed",
            ["until"] = null,
        },
        ["ejected_until"] = null,
        ["override"] = null,
    };

    public static JsonObject Error(int number) => new()
    {
        ["at"] = new DateTimeOffset(2026, 1, 2, 3, 0, 0, TimeSpan.Zero).AddSeconds(number).ToString("O", CultureInfo.InvariantCulture),
        ["correlation_id"] = $"c-{number:d4}",
        ["method"] = "GET",
        ["path"] = $"/api/products/{number}",
        ["route"] = "products",
        ["service"] = "product",
        ["instance"] = "http://10.0.0.4:8004",
        ["status"] = 503,
        ["reason"] = "circuit_open",
        ["duration_ms"] = 1.2,
        ["attempts"] = 1,
        ["client_ip"] = "203.0.113.7",
    };

    /// <summary>Five minutes of the snapshot's figures, up to a second before it.</summary>
    public static JsonObject History(JsonObject snapshot)
    {
        JsonNode now = snapshot["now"]!;
        long end = DateTimeOffset.Parse((string)snapshot["at"]!, CultureInfo.InvariantCulture).ToUnixTimeSeconds();
        string[] columns = ["rps", "error_share", "p50_ms", "p95_ms", "p99_ms", "in_flight", "cpu_cores", "memory_bytes", "refused_rps"];
        return new JsonObject
        {
            ["step_seconds"] = 1,
            ["points"] = new JsonArray([.. Enumerable.Range(1, 299).Select(back => end - 300 + back).Select(time => new JsonArray(
                [JsonValue.Create(time), .. columns.Select(column => now[column] is { } figure ? JsonValue.Create((double)figure * (1 + 0.2 * Math.Sin(time / 20.0))) : null)]))]),
        };
    }

    public static JsonArray Instances(JsonObject snapshot, int service) => snapshot["services"]![service]!["instances"]!.AsArray();

    private static JsonObject Busy(JsonObject what, Random random) => what.With(one =>
    {
        (one["rps"], one["p50_ms"], one["p99_ms"], one["in_flight"]) =
            (random.NextDouble() * 90, random.NextDouble() * 2, random.NextDouble() * 20, random.Next(9));
    });

    private static JsonObject Parse([System.Diagnostics.CodeAnalysis.StringSyntax("json")] string json) => JsonNode.Parse(json)!.AsObject();

    private static JsonObject With(this JsonObject json, Action<JsonObject> change)
    {
        change(json);
        return json;
    }
}
