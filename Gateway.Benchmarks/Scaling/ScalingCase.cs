using System.Globalization;

namespace Gateway.Benchmarks.Scaling;

/// <summary>One size of one dimension: the gateway's configuration and what is asked of it.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Configuration">JSON for <c>gateway run</c>, of the gateway's port and the service's.</param>
/// <param name="Script">For wrk: makes the next request.</param>
/// <param name="Connections">Keep-alive connections.</param>
internal sealed record ScalingCase(string Name, Func<int, int, string> Configuration, string Script, int Connections = 64)
{
    private const string Product = "/api/products/42?x=1";

    /// <summary>Addresses of the loopback network that the service listens on.</summary>
    public const int MaxInstances = 100;

    /// <summary>One service with one instance and all the gateway's work: what every dimension starts from.</summary>
    public static ScalingCase Connected(int connections) => new(Text($"{connections:N0} connections"), static (port, service) => Gateway(port, service), Fixed, connections);

    public static ScalingCase Routes(int count) => new(Text($"{count:N0} routes"), (port, service) => Gateway(port, service, routes: count),
        Sequence(count, Text($"""wrk.format("GET", "/api/r" .. n .. "/items/42?x=1")""")));

    public static ScalingCase Tokens(int count) => new(Text($"{count:N0} cached tokens"), static (port, service) => Gateway(port, service),
        Sequence(count, Text($$"""wrk.format("GET", "{{Product}}", { ["Authorization"] = "Bearer t" .. n .. "{{new string('x', 200)}}" })""")));

    public static ScalingCase LimitKeys(int count) => new(Text($"{count:N0} limit keys"), static (port, service) => Gateway(port, service),
        Sequence(count, Text($$"""wrk.format("GET", "{{Product}}", { ["Authorization"] = "Bearer t1", ["X-API-Key"] = "key-" .. n })""")));

    public static ScalingCase Instances(int count) => new(Text($"{count:N0} instances"), (port, service) => Gateway(port, service, instances: count), Fixed);

    private static string Fixed => Sequence(1, Text($$"""wrk.format("GET", "{{Product}}")"""));

    /// <summary>Each number in turn, so that all of them are in use, not the few that chance repeats.</summary>
    private static string Sequence(int count, string request) => Text($$"""
        wrk.headers["Authorization"] = "Bearer t1"
        local n = 0
        request = function()
          n = n % {{count}} + 1
          return {{request}}
        end
        """);

    private static string Gateway(int port, int service, int routes = 0, int instances = 1)
    {
        string addresses = string.Join(", ", Enumerable.Range(1, instances).Select(n => Text($$"""{ "Url": "http://127.0.0.{{n}}:{{service}}" }""")));
        string more = string.Concat(Enumerable.Range(1, routes).Select(n => Text($$"""
            , "r{{n}}": { "Pattern": "/api/r{{n}}/items/{id:int}", "Service": "product" }
            """)));
        return Text($$"""
            {
              "Kestrel": { "Endpoints": { "Public": { "Url": "http://127.0.0.1:{{port}}" } } },
              "Gateway": {
                "Admin": { "Url": "http://127.0.0.1:0" },
                "Services": { "product": { "Instances": [ {{addresses}} ] } },
                "Routes": { "products": { "Pattern": "/api/products/{**rest}", "Service": "product" }{{more}} },
                "Auth": { "ServiceUrl": "http://127.0.0.1:{{service}}", "CacheSize": 200000 },
                "DefaultRateLimits": [ "key", "per-user", "per-ip" ],
                "RateLimitStore": { "MaxKeys": 400000 },
                "RateLimits": {
                  "key": { "Key": "ApiKey", "Capacity": 1000000000, "RefillPerSecond": 10000000 },
                  "per-user": { "Key": "User", "Capacity": 1000000000, "RefillPerSecond": 10000000 },
                  "per-ip": { "Key": "Ip", "Capacity": 1000000000, "RefillPerSecond": 10000000 }
                }
              }
            }
            """);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
