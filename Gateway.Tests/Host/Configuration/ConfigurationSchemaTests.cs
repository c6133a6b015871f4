using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Host.Configuration;
using Gateway.Host.Demo;
using Gateway.Tests.House;
using Gateway.Tests.Kit;
using Gateway.Tests.Manifests;
using Json.Schema;

namespace Gateway.Tests.Host.Configuration;

public sealed partial class ConfigurationSchemaTests
{
    private static readonly string Text = ConfigurationSchema.Text();
    private static readonly JsonSchema Schema = JsonSchema.FromText(Text);
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    [Fact]
    public void Text_IsTheSameEachTime() => ConfigurationSchema.Text().Should().Be(Text);

    [Fact]
    public void ConfigurationsThatWeGive_AreValid()
    {
        IsValid(DemoConfiguration.Json).Should().BeTrue();
        IsValid(GatewayConfiguration.Json).Should().BeTrue();
        IsValid(ConfigurationFiles.ContractExample).Should().BeTrue();
    }

    [Fact]
    public void ReadmesExamples_AreValid()
    {
        string[] examples = [.. Example().Matches(Repository.Read("README.md")).Select(static match => match.Groups[1].Value.Trim())];
        examples.Should().HaveCountGreaterThan(4);
        foreach (string example in examples)
        {
            string whole = example.StartsWith('{') ? example
                : example.StartsWith("\"products\"", StringComparison.Ordinal) ? $$"""{ "Gateway": { "Routes": { {{example}} } } }"""
                : example.StartsWith("\"Mirror\"", StringComparison.Ordinal) ? $$"""{ "Gateway": { "Routes": { "r": { {{example}} } } } }"""
                : $$"""{ "Gateway": { {{example}} } }""";
            IsValid(whole).Should().BeTrue("README.md says {0}", example);
        }
    }

    /// <summary>Each is refused by the binder or by the validation of one value, and by the schema.</summary>
    [Theory]
    [InlineData("""{ "Gatway": {} }""")]
    [InlineData("""{ "Gateway": { "Auht": {} } }""")]
    [InlineData("""{ "Kestrel": { "Limits": {} } }""")]
    [InlineData("""{ "$schema": 5 }""")]
    [InlineData("""{ "Gateway": [] }""")]
    [InlineData("""{ "Gateway": { "Auth": "x" } }""")]
    [InlineData("""{ "Gateway": { "Auth": null } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "Mode": "Jwtt" } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "Timeout": "5s" } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "Timeout": 5 } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "Timeout": "1:30" } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "Timeout": "24:00:00" } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "CacheSize": "many" } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "CacheSize": 1.5 } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "CacheSize": 0 } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "CacheSize": 10000001 } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "CacheSize": "0" } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "CacheSize": "99999999999999999999" } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "CacheSize": 99999999999999999999 } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "Timeout": "99999999.00:00:00" } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "Timeout": "10675199.00:00:00" } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "Timeout": "1.00:00:00" } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "Timeout": "-00:00:01" } } }""")]
    [InlineData("""{ "Gateway": { "Services": { "a": { "Timeouts": { "Idle": "2.00:00:00" } } } } }""")]
    [InlineData("""{ "Gateway": { "RateLimits": { "a": { "Capacity": 1, "RefillPerSecond": "1e999" } } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "SkipPaths": "/a" } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "SkipPaths": { "a": "/a" } } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "SkipPaths": [ null ] } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "SkipPaths": [ [] ] } } }""")]
    [InlineData("""{ "Gateway": { "ReusePort": "yes" } }""")]
    [InlineData("""{ "Gateway": { "ReusePort": 1 } }""")]
    [InlineData("""{ "Gateway": { "Services": { "a": { "Instances": [ "http://a" ] } } } }""")]
    [InlineData("""{ "Gateway": { "Services": { "a": { "Retry": { "BudgetPercent": 101 } } } } }""")]
    [InlineData("""{ "Gateway": { "RateLimits": { "a": { "Capacity": 1, "RefillPerSecond": 0.00001 } } } }""")]
    [InlineData("""{ "Kestrel": { "Endpoints": { "a": { "Url": "http://*:1", "Protocols": "Http4" } } } }""")]
    public void MistakeThatTheBinderRefuses_IsInvalid(string json)
    {
        ConfigurationFiles.ProblemsOf(json).Should().NotBeEmpty();
        IsValid(json).Should().BeFalse();
    }

    [Theory]
    [InlineData("""{ "$schema": "./schema.json" }""")]
    [InlineData("""{ "Gateway": { "Auth": { "CacheSize": 5.0, "Timeout": "0:0:1.5", "Cookie": null, "SkipPaths": [] } } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "CacheDuration": "1.00:00:00" }, "ReusePort": "false", "Cors": null, "MaxConnections": null } }""")]
    [InlineData("""{ "Gateway": { "Services": { "a": { "Discovery": { "Kind": "Kubernetes", "Service": "s", "Port": 8080 } } } } }""")]
    [InlineData("""{ "Gateway": { "RateLimits": { "a": { "Capacity": 1, "RefillPerSecond": 0.5 } } } }""")]
    [InlineData("""{ "Gateway": {}, "Kestrel": { "Endpoints": { "a": { "Url": "http://*:1", "Protocols": "Http1, Http2" } } } }""")]
    public void WhatTheBinderTakes_IsValid(string json)
    {
        ConfigurationFiles.ProblemsOf(json).Should().BeEmpty();
        IsValid(json).Should().BeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(365)]
    [InlineData(10_675_198)]
    public void Days_AreMatchedUpToTheMost(int most)
    {
        var form = new Regex($"^({ConfigurationSchema.UpTo(most)})$");
        int[] numbers = [.. new[] { 0, 1, 5, 9, 10, 11, 64, 99, 100, 299, 300, 364, 365, 366, 369, 370, 400, 999, 1000, 9_999_999, 10_000_000, 10_675_197, 10_675_198, 10_675_199, 10_680_000, 11_000_000, 99_999_999 }];
        numbers.Where(number => form.IsMatch(number.ToString(System.Globalization.CultureInfo.InvariantCulture))).Should().Equal(numbers.Where(number => number <= most));
    }

    /// <summary>What is stricter about it.</summary>
    [Theory]
    [InlineData("""{ "Gateway": { "Auth": { "CacheSize": "5" } } }""")]
    [InlineData("""{ "Gateway": { "auth": {} } }""")]
    [InlineData("""{ "Gateway": { "Auth": { "Mode": "jwt", "Jwt": { "JwksUrl": "https://a" } } } }""")]
    public void WhatTheBinderTakesAndEditorsShouldNot_IsInvalid(string json)
    {
        ConfigurationFiles.ProblemsOf(json).Should().BeEmpty();
        IsValid(json).Should().BeFalse();
    }

    [Fact]
    public void EveryKey_IsInIt_WithItsBounds()
    {
        using JsonDocument schema = JsonDocument.Parse(Text);
        foreach (EffectiveValue value in EffectiveConfiguration.Of(ConfigurationFiles.Load(ConfigurationFiles.ContractExample).Configuration!).Values)
        {
            JsonElement found = schema.RootElement;
            foreach (string part in value.Key.Split(':'))
            {
                found = found.TryGetProperty("properties", out JsonElement properties) && properties.TryGetProperty(part, out JsonElement property) ? property
                    : found.TryGetProperty("items", out JsonElement items) ? items
                    : found.GetProperty("additionalProperties");
            }

            found.TryGetProperty("type", out JsonElement type).Should().BeTrue("{0} is a key", value.Key);
            if (value.Key.StartsWith("Gateway:", StringComparison.Ordinal) && type.ToString().Contains("\"integer\""))
            {
                found.TryGetProperty("minimum", out _).Should().BeTrue("{0} has bounds", value.Key);
                found.TryGetProperty("maximum", out _).Should().BeTrue("{0} has bounds", value.Key);
            }
        }
    }

    [Fact]
    public void Key_HasCommentDefaultAndBounds()
    {
        using JsonDocument schema = JsonDocument.Parse(Text);
        JsonElement auth = schema.RootElement.GetProperty("properties").GetProperty("Gateway").GetProperty("properties").GetProperty("Auth").GetProperty("properties");
        auth.GetProperty("CacheSize").GetProperty("default").GetInt32().Should().Be(100_000);
        auth.GetProperty("CacheSize").GetProperty("description").GetString().Should().StartWith("Tokens remembered");
        JsonElement route = schema.RootElement.GetProperty("properties").GetProperty("Gateway").GetProperty("properties").GetProperty("Routes").GetProperty("additionalProperties").GetProperty("properties");
        route.GetProperty("Auth").GetProperty("default").GetString().Should().Be("Required");
        route.GetProperty("Pattern").TryGetProperty("default", out _).Should().BeFalse("it is required");
        auth.GetProperty("Timeout").GetProperty("description").GetString().Should().EndWith("Allowed are 00:00:00.0010000 to 00:01:00.");
        auth.GetProperty("Timeout").GetProperty("default").GetString().Should().Be("00:00:02");
        auth.GetProperty("Mode").GetProperty("enum").EnumerateArray().Select(static word => word.GetString()).Should().Equal("AuthService", "Jwt", "JwtThenAuthService", "Custom");
    }

    [GeneratedRegex("```jsonc\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();

    private static bool IsValid(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json, Lenient);
        return Schema.Evaluate(document.RootElement).IsValid;
    }
}
