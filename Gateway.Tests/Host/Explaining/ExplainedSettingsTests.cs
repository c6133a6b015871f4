using Gateway.Host.Explaining;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Explaining;

public sealed class ExplainedSettingsTests
{
    private const string Json = """
        { "Gateway": {
          "Services": { "s": { "Instances": [ { "Url": "http://10.0.0.1:80" } ] } },
          "Auth": { "ServiceUrl": "http://10.0.0.9:80", "SkipPaths": [ "/open/**" ] },
          "RateLimits": {
            "ip": { "Key": "Ip", "Capacity": 1, "RefillPerSecond": 0.5 }, "user": { "Key": "User", "Capacity": 2, "RefillPerSecond": 1, "Tiers": { "gold": { "Capacity": 9, "RefillPerSecond": 9 } } },
            "either": { "Key": "UserOrIp", "Capacity": 3, "RefillPerSecond": 1 }, "key": { "Key": "ApiKey", "Capacity": 4, "RefillPerSecond": 1 } },
          "DefaultRateLimits": [ "ip" ],
          "Routes": {
            "all": { "Pattern": "/all", "Service": "s", "RateLimits": [ "ip", "user", "either", "key" ], "MaxRequestBodyBytes": 0, "Require": { "Roles": [ "admin", "root" ], "Scopes": [ "write" ] } },
            "plain": { "Pattern": "/plain", "Service": "s" },
            "open": { "Pattern": "/open/x", "Service": "s", "RateLimits": [ "user", "either" ] } } } }
        """;

    [Fact]
    public void Policies_SayWhoseBucketItIs()
    {
        Values("/all", "limits").Should().Contain([
            ("policies", "ip, user, either, key", "gateway.json:9:63"),
            ("ip", "by the client's address (IPv6: its /64), before authentication", "gateway.json:5:20"),
            ("ip, refill per second", "0.5", "gateway.json:5:60"),
            ("user", "by the user; not asked of an anonymous call", "gateway.json:5:84"),
            ("user, capacity of gold", "9", "gateway.json:5:162"),
            ("either", "by the user, or the client's address of an anonymous call", "gateway.json:6:24"),
            ("key", "not asked: the request has no X-API-Key", "gateway.json:6:91"),
        ]);
        Values("/all", "limits", ("X-API-Key", "k")).Should().Contain(("key", "by the header X-API-Key, hashed, before authentication", "gateway.json:6:91"));
    }

    [Fact]
    public void WhereNobodyIsAsked_UsersHaveNoBucket() => Values("/open/x", "limits").Should().Contain([
        ("user", "not asked: no user is known here", "gateway.json:5:84"),
        ("either", "by the client's address, since no user is known here", "gateway.json:6:24"),
    ]);

    [Fact]
    public void DefaultPolicies_AreThoseOfRoutesThatNameNone_AndOfUnknownPaths()
    {
        Values("/plain", "limits")[0].Should().Be(("policies", "ip", "gateway.json:7:24"));
        Values("/nowhere", "limits")[0].Should().Be(("policies", "ip", "gateway.json:7:24"));
    }

    [Fact]
    public void Auth_SaysRuleAndWhoIsAsked()
    {
        Values("/all", "auth").Should().Contain([
            ("rule", "Required", "default"), ("auth service", "http://10.0.0.9:80", "gateway.json:3:27"), ("believed for", "00:15:00", "default"),
            ("one role of", "admin, root", "gateway.json:9:146"), ("all scopes of", "write", "gateway.json:9:177"),
        ]);
        Values("/open/x", "auth").Should().Equal(("rule", "Required", "default"), ("skipped by", "/open/**", "gateway.json:3:62"));
        Values("/nowhere", "auth")[0].Should().Be(("rule", "Required, as on every unknown path", ""));
    }

    [Fact]
    public void BodyLimit_IsToldInBytes()
    {
        Values("/all", "request")[0].Should().Be(("body limit", "none", "gateway.json:9:121"));
        Values("/plain", "request")[0].Should().Be(("body limit", "30000000 bytes", "default"));
    }

    [Theory]
    [InlineData("GET", "/plain/a%2Fb", "request")]
    [InlineData("GET", "/plain", "request|auth|limits|service|service s")]
    [InlineData("GET", "/nowhere", "auth|limits")]
    [InlineData("OPTIONS", "/plain", "request")]
    public void WhatTheRequestDoesNotMeet_IsNotTold(string method, string url, string topics)
    {
        string json = Json.Replace("\"/plain\"", "\"/plain/{**rest}\"", StringComparison.Ordinal)
            .Replace("{ \"Gateway\": {", "{ \"Gateway\": { \"Cors\": { \"AllowedOrigins\": [ \"https://page.example\" ] },", StringComparison.Ordinal);
        KeyValuePair<string, string>[] preflight = method == "GET" ? [] : [new("Origin", "https://page.example"), new("Access-Control-Request-Method", "POST")];
        Explanation explanation = new Explainer(ConfigurationFiles.Load(json).Configuration!).Explain(ExplainRequest.Parse(method, url, preflight, out _)!);
        string.Join('|', explanation.Settings.Select(static setting => setting.Topic).Distinct()).Should().Be(topics);
    }

    private static (string Name, string Value, string Origin)[] Values(string url, string topic, params (string Name, string Value)[] headers) =>
    [
        .. new Explainer(ConfigurationFiles.Load(Json).Configuration!)
            .Explain(ExplainRequest.Parse("GET", url, headers.Select(static header => KeyValuePair.Create(header.Name, header.Value)), out _)!)
            .Settings.Where(setting => setting.Topic == topic).Select(static setting => (setting.Name, setting.Value, setting.Origin)),
    ];
}
