using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Auditing;

public sealed class LimitAuditTests
{
    private const string OpenWithoutLimit = "Gateway:Routes:r: the route is open to anyone (Auth is Anonymous) and has no rate limit";

    [Fact]
    public void OpenRouteWithoutLimit() => ConfigurationFiles.ExpectFinding("GW1101", Route("", "§", ""), OpenWithoutLimit);

    [Fact]
    public void OpenRouteThatRefusesTheDefaultLimits() =>
        ConfigurationFiles.ExpectFinding("GW1101", Route(""" "DefaultRateLimits": [ "ip" ], """, "§", """, "RateLimits": [] """), OpenWithoutLimit);

    [Theory]
    [InlineData("", """, "RateLimits": [ "ip" ] """)]
    [InlineData(""" "DefaultRateLimits": [ "ip" ], """, "")]
    public void OpenRouteWithALimit_IsNone(string gateway, string route) => ConfigurationFiles.ExpectFinding("GW1101", Route(gateway, "", route));

    [Fact]
    public void LimitByUser_WhereNobodyIsAsked()
    {
        ConfigurationFiles.ExpectFinding("GW1102", Route("", "§", """, "RateLimits": [ "ip", "user" ] """),
            "Gateway:Routes:r: the limit 'user' counts by user, but the route asks nobody who the user is (Auth is Anonymous), so it never limits");
        ConfigurationFiles.ExpectFinding("GW1102", Route("", "", """, "RateLimits": [ "either", "key" ] """));
    }

    [Fact]
    public void LimitByApiKeyAlone_IsTheCallersChoice()
    {
        ConfigurationFiles.ExpectFinding("GW1103", Route("", "§", """, "RateLimits": [ "key" ] """),
            "Gateway:Routes:r: the route is open to anyone, and its limits count by X-API-Key alone: a request without one is not limited");
        ConfigurationFiles.ExpectFinding("GW1103", Route("", "", """, "RateLimits": [ "key", "ip" ] """));
    }

    [Theory]
    [InlineData("GW1101", "/open/{x}", "Required", "", "the route is open to anyone (its paths are in Gateway:Auth:SkipPaths) and has no rate limit")]
    [InlineData("GW1102", "/open/{x}", "Required", """, "RateLimits": [ "user" ] """,
        "the limit 'user' counts by user, but the route asks nobody who the user is (its paths are in Gateway:Auth:SkipPaths), so it never limits")]
    [InlineData("GW1103", "/open/{x}", "Optional", """, "RateLimits": [ "key" ] """, "the route is open to anyone, and its limits count by X-API-Key alone: a request without one is not limited")]
    [InlineData("GW1101", "/shut", "Optional", "", "the route is open to anyone (Auth is Optional) and has no rate limit")]
    [InlineData("GW1101", "/shut", "Optional", """, "RateLimits": [ "user" ] """,
        "the route is open to anyone (Auth is Optional), and its limits count by user alone: a request without a token is not limited")]
    [InlineData("GW1103", "/shut", "Optional", """, "RateLimits": [ "user", "key" ] """,
        "the route is open to anyone, and its limits count by X-API-Key or user alone: a request without one is not limited")]
    public void RouteThatIsOpen_ThoughNotAnonymous(string id, string pattern, string auth, string limits, string message) =>
        ConfigurationFiles.ExpectFinding(id, Opened("§", pattern, auth, limits), $"Gateway:Routes:r: {message}");

    [Theory]
    [InlineData("GW1101", "/shut", "Required", "")]
    [InlineData("GW1101", "/open/{x}", "Required", """, "Require": { "Roles": [ "admin" ] } """)]
    [InlineData("GW1101", "/shut", "Optional", """, "RateLimits": [ "user", "ip" ] """)]
    [InlineData("GW1101", "/shut", "Optional", """, "RateLimits": [ "either" ] """)]
    [InlineData("GW1102", "/shut", "Optional", """, "RateLimits": [ "user" ] """)]
    [InlineData("GW1103", "/shut", "Optional", """, "RateLimits": [ "key", "either" ] """)]
    public void RouteThatIsShutOrLimited_IsNone(string id, string pattern, string auth, string limits) =>
        ConfigurationFiles.ExpectFinding(id, Opened("", pattern, auth, limits));

    [Theory]
    [InlineData("/open/{x}", "Required")]
    [InlineData("/shut", "Optional")]
    public void BodyWithoutALimit_FromAnybodyWithoutAToken(string pattern, string auth) => ConfigurationFiles.ExpectFinding("GW1105",
        Opened("", pattern, auth, """, "MaxRequestBodyBytes": §0 """), "Gateway:Routes:r:MaxRequestBodyBytes: the route is open to anyone, and takes bodies of any size");

    [Fact]
    public void TokensThatAreCheckedWithoutALimitBefore()
    {
        ConfigurationFiles.ExpectFinding("GW1104", Guarded("§", "user"),
            "Gateway:Auth:ServiceUrl: no limit with the key Ip stands before authentication on 'r0', 'r1', 'r2', 'r3', 'r4' and 1 more, "
                + "so one address may have as many made-up tokens checked as MaxConcurrentCalls allows");
        ConfigurationFiles.ExpectFinding("GW1104", Guarded("", "ip"));
    }

    [Fact]
    public void BodyWithoutALimit_FromAnybody()
    {
        ConfigurationFiles.ExpectFinding("GW1105", Route("", "", """, "RateLimits": [ "ip" ], "MaxRequestBodyBytes": §0 """),
            "Gateway:Routes:r:MaxRequestBodyBytes: the route is open to anyone, and takes bodies of any size");
        ConfigurationFiles.ExpectFinding("GW1105", Route("", "", """, "RateLimits": [ "ip" ], "MaxRequestBodyBytes": 1 """));
    }

    [Theory]
    [InlineData("store.partner.com:6379", "TLS and without a password")]
    [InlineData("store.partner.com:6379,ssl=true", "a password")]
    [InlineData("8.8.8.8:6379,password=x", "TLS")]
    public void OpenStore(string address, string missing)
    {
        string host = address.Split(':')[0];
        ConfigurationFiles.ExpectFinding("GW1106", $$"""{ "Gateway": { "RateLimitStore": { "Kind": "Redis", "Redis": §"{{address}}" } } }""",
            $"Gateway:RateLimitStore:Redis: the store at '{host}' is outside of private networks and is spoken to without {missing}; write ssl=true and password=…");
    }

    [Theory]
    [InlineData("redis:6379")]
    [InlineData("10.0.0.1:6379")]
    [InlineData("store.partner.com:6379,ssl=true,password=x")]
    public void StoreThatNobodyElseReads_IsNone(string address) =>
        ConfigurationFiles.ExpectFinding("GW1106", $$"""{ "Gateway": { "RateLimitStore": { "Kind": "Redis", "Redis": "{{address}}" } } }""");

    [Fact]
    public void UnusedLimit() => ConfigurationFiles.ExpectFinding("GW1302",
        """{ "Gateway": { "RateLimits": { "a": { "Capacity": 1, "RefillPerSecond": 1 }, "b": §{ "Capacity": 1, "RefillPerSecond": 1 } }, "DefaultRateLimits": [ "a" ] } }""",
        "Gateway:RateLimits:b: no route names this limit, and it is no default");

    private static string Route(string gateway, string mark, string route) => $$"""
        { "Gateway": { {{gateway}}
          "RateLimits": { "ip": { "Capacity": 1, "RefillPerSecond": 1 }, "user": { "Key": "User", "Capacity": 1, "RefillPerSecond": 1 },
            "either": { "Key": "UserOrIp", "Capacity": 1, "RefillPerSecond": 1 }, "key": { "Key": "ApiKey", "Capacity": 1, "RefillPerSecond": 1 } },
          "Services": { "a": { "Instances": [ { "Url": "http://10.0.0.4:80" } ], "HealthCheck": {} } },
          "Routes": { "r": {{mark}}{ "Pattern": "/r", "Service": "a", "Auth": "Anonymous" {{route}} } } } }
        """;

    private static string Opened(string mark, string pattern, string auth, string route) => Route(
        """ "Auth": { "ServiceUrl": "http://auth:1", "SkipPaths": [ "/open/**" ] }, """, mark, route)
        .Replace("\"/r\"", $"\"{pattern}\"", StringComparison.Ordinal).Replace("\"Anonymous\"", $"\"{auth}\"", StringComparison.Ordinal);

    private static string Guarded(string mark, string limit)
    {
        string routes = string.Join(", ", Enumerable.Range(0, 6).Select(i => $$""" "r{{i}}": { "Pattern": "/r{{i}}", "Service": "a", "RateLimits": [ "{{limit}}" ] } """));
        return $$"""
            { "Gateway": { "RateLimits": { "ip": { "Capacity": 1, "RefillPerSecond": 1 }, "user": { "Key": "User", "Capacity": 1, "RefillPerSecond": 1 } },
              "Auth": { "ServiceUrl": {{mark}}"http://auth:1", "SkipPaths": [ "/skipped" ] }, "Services": { "a": { "Instances": [ { "Url": "http://10.0.0.4:80" } ] } },
              "Routes": { {{routes}}, "open": { "Pattern": "/o", "Service": "a", "Auth": "Anonymous" }, "skipped": { "Pattern": "/skipped", "Service": "a" } } } }
            """;
    }
}
