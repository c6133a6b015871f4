using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Core;
using Gateway.Host.Configuration;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Configuration;

public sealed class EffectiveConfigurationTests
{
    private const string Json = """
        { "Kestrel": { "Endpoints": { "Tls": { "Url": "https://*:443", "Certificate": { "Path": "c.pfx", "Password": "hunter2" } } } },
          "Gateway": {
            "Admin": { "Url": "http://127.0.0.1:1234" }, "MaxConnections": 7, "ReloadInterval": "00:00:09", "ReusePort": false, "ProxyProtocol": "Off",
            "Kubernetes": { "Namespace": "ns" },
            "Services": {
              "a": { "Instances": [ { "Url": "http://10.0.0.1:80", "Weight": 2 }, { "Url": "http://10.0.0.2:80" } ], "HealthCheck": null },
              "b": { "Instances": [ { "Url": "http://10.0.0.3:80" } ] }, "c": { "Instances": [ { "Url": "http://10.0.0.4:80" } ] } },
            "Routes": {
              "r": { "Pattern": "/r", "Service": "a", "Auth": "Anonymous", "Headers": { "X-Plain": "1", "X-Secret": "hunter2" }, "Mirror": { "Service": "b" } },
              "q": { "Pattern": "/q", "Service": "c", "Auth": "Anonymous", "RateLimits": [ "p" ] } },
            "RateLimits": { "p": { "Capacity": 5, "RefillPerSecond": 0.5 }, "d": { "Capacity": 6, "RefillPerSecond": 1 } }, "DefaultRateLimits": [ "d" ],
            "RateLimitStore": { "Redis": "redis:6379,password=hunter2" },
            "Tests": [ { "Request": "GET /q", "Expect": { "Route": "q" } } ] } }
        """;

    [Theory]
    [InlineData("Gateway:Admin:Url", "\"http://127.0.0.1:1234\"", "gateway.json:3:23")]
    [InlineData("Gateway:MaxConnections", "7", "gateway.json:3:68")]
    [InlineData("Gateway:ReloadInterval", "\"00:00:09\"", "gateway.json:3:89")]
    [InlineData("Gateway:Kubernetes:Namespace", "\"ns\"", "gateway.json:4:34")]
    [InlineData("Gateway:Tests:0:Expect:Route", "\"q\"", "gateway.json:13:60")]
    [InlineData("Gateway:Services:a:Instances:1:Weight", "1", "default")]
    [InlineData("Gateway:Services:a:HealthCheck", "null", "gateway.json:6:125")]
    [InlineData("Gateway:Services:b:HealthCheck", "null", "default")]
    [InlineData("Gateway:Services:a:Timeouts:Total", "\"00:00:30\"", "default")]
    [InlineData("Gateway:Routes:q:RateLimits", "[ \"p\" ]", "gateway.json:10:82")]
    [InlineData("Gateway:Routes:r:RateLimits", "null", "default")]
    [InlineData("Gateway:Routes:r:EncodedSlash", "\"Refuse\"", "default")]
    [InlineData("Gateway:RateLimits:p:RefillPerSecond", "0.5", "gateway.json:11:62")]
    [InlineData("Gateway:RateLimits:p:Tiers", "{}", "default")]
    [InlineData("Gateway:TrustedProxies", "[]", "default")]
    [InlineData("Gateway:Routes:r:Headers:X-Plain", "\"1\"", "gateway.json:9:92")]
    [InlineData("Gateway:Services:c:Http2", "false", "default")]
    public void Value_IsAsItWouldBeWritten_WithItsOrigin(string key, string value, string origin)
    {
        EffectiveValue found = Load().Find(key)!;
        (found.Value, found.OriginText).Should().Be((value, origin));
    }

    [Fact]
    public void Secrets_AreNowhere()
    {
        EffectiveConfiguration effective = Load();
        effective.Values.Should().NotContain(static value => value.Value.Contains("hunter2"));
        effective.Find("Kestrel:Endpoints:Tls:Certificate:Password")!.Value.Should().Be("\"***\"");
        effective.Find("Gateway:RateLimitStore:Redis")!.Value.Should().Be("\"redis:6379,password=***\"");
        effective.Find("Gateway:Routes:r:Headers:X-Secret")!.Value.Should().Be("\"***\"");
    }

    [Fact]
    public void VariablesAndSets_AreOrigins_OfListsTheLatestThatHasAPart()
    {
        using var files = new ConfigurationFiles();
        files.Environment["Gateway__Auth__SkipPaths__1"] = "/c";
        files.Write("a.json", """{ "Gateway": { "Auth": { "SkipPaths": [ "/a", "/b" ], "CacheSize": 5 } } }""");
        EffectiveConfiguration effective = EffectiveConfiguration.Of(files.Load(["a.json"], "Gateway:Auth:CacheSize=6").Configuration!);

        effective.Find("Gateway:Auth:SkipPaths").Should().BeEquivalentTo(new { Value = """[ "/a", "/c" ]""", OriginText = "environment variable Gateway__Auth__SkipPaths__1" });
        effective.Find("gateway:auth:cachesize").Should().BeEquivalentTo(new { Key = "Gateway:Auth:CacheSize", Value = "6", OriginText = "--set Gateway:Auth:CacheSize" });
    }

    [Fact]
    public void DefaultEndpoint_IsAValueThatNobodyWrote() =>
        EffectiveConfiguration.Of(ConfigurationFiles.Load("""{ "Gateway": {} }""").Configuration!).Find("Kestrel:Endpoints:Default:Url")
            .Should().BeEquivalentTo(new { Value = "\"http://*:8000\"", OriginText = "default" });

    /// <summary>Written back as a file it is the same configuration, but for the secrets: so nothing is missing, and nothing is made up.</summary>
    [Fact]
    public void EveryKey_IsListed_AndReadsBackAsTheSame()
    {
        EffectiveConfiguration effective = EffectiveConfiguration.Of(ConfigurationFiles.Load(ConfigurationFiles.ContractExample).Configuration!);
        string json = "{" + string.Join(',', effective.Values.Select(static value => $"{JsonSerializer.Serialize(value.Key)}: {value.Value}")) + "}";

        HostConfiguration again = ConfigurationFiles.Load(json) is { Problems.Count: 0 } loaded ? loaded.Configuration! : throw new InvalidOperationException(json);

        EffectiveConfiguration.Of(again).Values.Select(static value => (value.Key, value.Value)).Should().Equal(effective.Values.Select(static value => (value.Key, value.Value)));
        foreach (Type record in new[] { typeof(GatewayOptions), typeof(HostOptions) })
        {
            foreach (JsonPropertyInfo property in ConfigurationJson.Options.GetTypeInfo(record).Properties)
            {
                effective.Values.Should().Contain(value => value.Key == $"Gateway:{property.Name}" || value.Key.StartsWith($"Gateway:{property.Name}:"), "it is a key");
            }
        }
    }

    [Fact]
    public void OfRoute_IsWhatTheRouteGoesBy()
    {
        EffectiveConfiguration effective = Load();
        string[] r = [.. effective.OfRoute("r")!.Select(static value => value.Key)];
        r.Should().Contain(["Gateway:Routes:r:Pattern", "Gateway:Services:a:LoadBalancing", "Gateway:Services:b:LoadBalancing", "Gateway:RateLimits:d:Capacity", "Gateway:DefaultRateLimits", "Gateway:Cors"]);
        r.Should().NotContain(static key => key.StartsWith("Gateway:Routes:q") || key.StartsWith("Gateway:Services:c") || key.StartsWith("Gateway:RateLimits:p:") || key.StartsWith("Gateway:Auth"));
        effective.OfRoute("q")!.Select(static value => value.Key).Should().Contain("Gateway:RateLimits:p:Capacity").And.NotContain("Gateway:DefaultRateLimits");
    }

    private static EffectiveConfiguration Load()
    {
        using var files = new ConfigurationFiles();
        return EffectiveConfiguration.Of(files.Write("c.pfx", "").Write("gateway.json", Json).Load(["gateway.json"]).Configuration!);
    }
}
