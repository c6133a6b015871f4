using Gateway.Core.Configuration;
using Gateway.Host.Auditing;
using Gateway.Host.Configuration;

namespace Gateway.Tests.Kit;

/// <summary>A directory of configuration files for one test.</summary>
internal sealed class ConfigurationFiles : IDisposable
{
    /// <summary>CONTRACT §2 without what later issues bring: ConsistentHash, RateLimitStore's Kind, Redis and OnStoreFailure.</summary>
    public const string ContractExample = """
        {
          "Kestrel": { "Endpoints": { "Public": { "Url": "http://*:8000" } } },
          "Gateway": {
            "Admin": { "Url": "http://127.0.0.1:9100", "TokenFile": null },
            "TrustedProxies": [ "10.0.0.0/8" ],
            "Services": {
              "product": {
                "Instances": [ { "Url": "http://10.0.0.4:8004", "Weight": 9 }, { "Url": "http://10.0.0.5:8004", "Weight": 1 } ],
                "LoadBalancing": "WeightedRoundRobin",      // RoundRobin (default) | WeightedRoundRobin | LeastConnections
                "HealthCheck": { "Path": "/health", "Interval": "00:00:10", "Timeout": "00:00:02", "Rise": 2, "Fall": 3 },
                "CircuitBreaker": { "FailureThreshold": 5, "Timeout": "00:00:30", "HalfOpenRequests": 1 },   // in a row
                "Timeouts": { "Connect": "00:00:02", "FirstByte": "00:00:15", "Idle": "00:01:00", "Total": "00:00:30" },
                "Retry": { "MaxAttempts": 2, "BudgetPercent": 20 },   // attempts in all: 1 means no retry
                "Http2": false                               // prior-knowledge HTTP/2 to the instances (gRPC)
              }
            },
            "Routes": {
              "products": {
                "Pattern": "/api/products/{**rest}",         // literal segments, {name}, {name:int}, {**rest}
                "Methods": [ "GET", "HEAD" ],                // absent: every method
                "Service": "product",
                "StripPrefix": "/api",                       // default: the path goes on unchanged
                "Auth": "Anonymous",                         // Required (default) | Optional | Anonymous
                "Require": { "Roles": [], "Scopes": [] },
                "RateLimits": [ "per-ip" ],
                "MaxRequestBodyBytes": 10485760,
                "Host": null, "Headers": {}                  // further matches
              }
            },
            "Auth": {
              "Mode": "AuthService",                         // AuthService | Jwt | JwtThenAuthService
              "ServiceUrl": "http://localhost:8001", "VerifyPath": "/verify", "Timeout": "00:00:02",
              "Cookie": "access_token", "SkipPaths": [ "/health", "/api/auth/**" ],
              "CacheDuration": "00:15:00", "CacheSize": 100000, "NegativeCacheDuration": "00:00:05",
              "Jwt": { "JwksUrl": null, "Issuer": null, "Audience": null, "ClockSkew": "00:01:00" }
            },
            "RateLimits": {
              "per-ip":   { "Key": "Ip",   "Capacity": 200, "RefillPerSecond": 100 },
              "per-user": { "Key": "User", "Capacity": 100, "RefillPerSecond": 50, "Tiers": { "gold": { "Capacity": 1000, "RefillPerSecond": 500 } } }
            },                                               // Key: Ip (IPv6 by /64) | User | ApiKey | UserOrIp
            "RateLimitStore": { },
            "Cors": { "AllowedOrigins": [ "https://projectzero.com", "https://admin.projectzero.com" ],
                      "AllowedMethods": [ "GET", "POST", "PUT", "DELETE", "OPTIONS" ],
                      "AllowedHeaders": [ "Content-Type", "Authorization", "X-Correlation-ID" ],
                      "AllowCredentials": true, "MaxAge": "00:05:00" },
            "Shutdown": { "DrainDelay": "00:00:05", "DrainTimeout": "00:00:30" },
            "Tests": [ { "Request": "GET /api/products/42", "Expect": { "Route": "products", "Service": "product" } } ]
          }
        }
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gateway-configuration-");

    public Dictionary<string, string> Environment { get; } = [];

    public string Root => _directory.FullName;

    public ConfigurationFiles Write(string name, string content)
    {
        File.WriteAllText(Path.Combine(Root, name), content);
        return this;
    }

    public ConfigurationInputs Inputs(string[] files, params string[] sets) =>
        new(files, Environment, [.. sets.Select(static set => SetOption.Parse(set, out _)!)]) { Directory = Root };

    public LoadedConfiguration Load(string[] files, params string[] sets) => ConfigurationLoader.Load(Inputs(files, sets));

    /// <summary>Loads one file named <c>gateway.json</c>.</summary>
    public static LoadedConfiguration Load(string json, params string[] sets)
    {
        using var files = new ConfigurationFiles();
        return files.Write("gateway.json", json).Load(["gateway.json"], sets);
    }

    /// <summary>The problems of one file named <c>gateway.json</c>, as they are printed.</summary>
    public static string[] ProblemsOf(string json, params string[] sets) => Lines(Load(json, sets).Problems);

    /// <summary>Loads a file in which § stands before each place that must be complained of, with these messages, and nothing else.</summary>
    public static void ExpectProblems(string marked, params string[] messages) =>
        Lines(Load(Unmark(marked, out string[] places)).Problems).Should().Equal(messages.Select((message, i) => $"{places[i]}: {message}"));

    /// <summary>The same for warnings about a configuration without problems.</summary>
    public static void ExpectWarnings(string marked, params string[] messages)
    {
        LoadedConfiguration loaded = Load(Unmark(marked, out string[] places));
        loaded.Problems.Should().BeEmpty();
        loaded.Findings.Where(static finding => finding.Kind.Severity == FindingSeverity.Warning)
            .Select(static finding => $"{finding.Origin}: {finding.Message}").Should().Equal(messages.Select((message, i) => $"{places[i]}: {message}"));
    }

    /// <summary>A finding of this kind at the place that § marks, and no other of the kind; none at all without a mark.</summary>
    public static void ExpectFinding(string id, string marked, string? message = null)
    {
        LoadedConfiguration loaded = Load(Unmark(marked, out string[] places));
        loaded.Problems.Should().BeEmpty();
        loaded.Findings.Where(finding => finding.Kind.Id == id).Select(static finding => (finding.Origin.ToString(), finding.Message))
            .Should().Equal(places.Select(place => (place, message!)));
    }

    /// <summary>Takes the marks out; the n-th place is where the n-th of them stood.</summary>
    private static string Unmark(string marked, out string[] places)
    {
        string[] pieces = marked.Split('§');
        places = new string[pieces.Length - 1];
        for (int i = 0; i < places.Length; i++)
        {
            string[] linesBefore = string.Concat(pieces[..(i + 1)]).Split('\n');
            places[i] = $"gateway.json:{linesBefore.Length}:{linesBefore[^1].EnumerateRunes().Count() + 1}";
        }

        return string.Concat(pieces);
    }

    public static string[] Lines(IEnumerable<ConfigurationProblem> problems) => [.. problems.Select(static problem => problem.ToString())];

    public void Dispose() => _directory.Delete(recursive: true);
}
