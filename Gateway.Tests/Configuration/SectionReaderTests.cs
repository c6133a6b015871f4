using System.Text;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Configuration;
using Gateway.Core.Errors;
using Gateway.Core.RateLimiting;
using Gateway.Host.Configuration;
using Microsoft.Extensions.Configuration;

namespace Gateway.Tests.Configuration;

public sealed class SectionReaderTests
{
    private const string Valid = """
        { "$schema": "x", "Services": { "svc": { "Instances": [ { "Url": "http://10.0.0.4:80" } ] } },
          "Routes": { "all": { "Pattern": "/{**rest}", "Service": "svc", "Auth": "Anonymous" } } }
        """;

    [Fact]
    public void ValidSection_IsBound_WithTheRecordsDefaults()
    {
        GatewayOptions options = GatewayOptions.Bind(Json(Valid));

        options.Services["svc"].Instances.Should().ContainSingle().Which.Url.Should().Be("http://10.0.0.4:80");
        options.Auth.Should().BeEquivalentTo(new AuthOptions());
    }

    [Fact]
    public void EverythingWrong_IsToldAtOnce_WithWhoWroteIt()
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddJsonStream(Stream("""{ "Gateway": { "Auht": { "CacheSize": 5 }, "Overload": { "MaxRequests": 0 } } }"""))
            .AddInMemoryCollection([new("Gateway:Auth:Mode", "Jwtt"), new("Gateway:Admin:Url", "http://x"), new("Gateway:DefaultRateLimits:0", "none")])
            .Build();

        Errors(configuration).Should().BeEquivalentTo(
            "Gateway:Auht: unknown key; did you mean 'Auth'? (JsonStreamConfigurationProvider)",
            "Gateway:Auth:Mode: 'Jwtt' is not one of AuthService, Jwt, JwtThenAuthService, Custom; did you mean 'Jwt'? (MemoryConfigurationProvider)",
            "Gateway:Admin: only the gateway's own binary has this key, not an application that embeds the gateway; leave it out (MemoryConfigurationProvider)",
            "Gateway:Overload:MaxRequests: 0 is out of range; allowed are 1 to 1000000 (JsonStreamConfigurationProvider)",
            "Gateway:DefaultRateLimits:0: there is no rate limit 'none' (MemoryConfigurationProvider)");
    }

    [Fact]
    public void SectionOfAnotherName_IsToldByThatName() =>
        Errors(new ConfigurationBuilder().AddInMemoryCollection([new("My:Edge:Nope", "1")]).Build().GetSection("My:Edge"))
            .Should().ContainSingle().Which.Should().StartWith("My:Edge:Nope: unknown key; known here are TrustedProxies, ");

    [Theory]
    [InlineData("Other:X", "1", "Gateway: there is no such section, or it is empty")]
    [InlineData("Gateway", "text", "Gateway: expected a section, got 'text'")]
    public void NoSection_IsOneError(string key, string value, string error) =>
        Errors(new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build()).Should().Equal(error);

    [Fact]
    public void LastProviderOfAValue_IsTheOneThatCounts_AndIsNamed() =>
        Errors(new ConfigurationBuilder().AddInMemoryCollection([new("Gateway:Overload:MaxRequests", "7")])
            .AddJsonStream(Stream("""{ "Gateway": { "Overload": { "MaxRequests": -1 } } }""")).Build())
            .Should().ContainSingle().Which.Should().Contain("-1 is out of range").And.EndWith("(JsonStreamConfigurationProvider)");

    [Fact]
    public void NullAndEmptyObject_CountAsLeftOut_WhereBothAreTheSame() =>
        GatewayOptions.Bind(Json("""{ "Auth": {}, "Services": {}, "Routes": null, "TrustedProxies": [] }""")).Should().BeEquivalentTo(new GatewayOptions());

    [Fact]
    public void EmptyList_StaysAList_WhereNullMeansSomethingElse() =>
        GatewayOptions.Bind(Json("""{ "Services": { "s": { "Instances": [ { "Url": "http://a" } ] } }, "Routes": { "r": { "Pattern": "/", "Service": "s", "Auth": "Anonymous", "RateLimits": [] } } }"""))
            .Routes["r"].RateLimits.Should().BeEmpty("null would mean the default limits");

    [Fact]
    public void WhatTheApplicationBrings_MayBeNamed()
    {
        IConfiguration configuration = Json("""{ "RateLimits": { "l": { "CustomKey": "tenant", "Capacity": 1, "RefillPerSecond": 1 } } }""");
        GatewayOptions.Bind(configuration, new GatewayExtensions { RateLimitKeys = new Dictionary<string, RateLimitKeySource> { ["tenant"] = static _ => null } })
            .RateLimits["l"].CustomKey.Should().Be("tenant");
        Errors(configuration).Should().ContainSingle().Which.Should().StartWith("Gateway:RateLimits:l:CustomKey: the application brings no rate-limit key 'tenant'");
    }

    [Fact]
    public void NullAndEmptyObject_AreRefused_WhereTheyDiffer() =>
        Errors(Json("""{ "Cors": {}, "Auth": { "CacheSize": null, "Cookie": null } }""")).Should().BeEquivalentTo(
            "Gateway:Cors: null and {} cannot be told apart here; leave it out, or write one of its keys",
            "Gateway:Auth:CacheSize: null is not a value here; leave it out for the default");

    [Fact]
    public void ValueBesideKeys_IsAnError() =>
        Errors(new ConfigurationBuilder().AddInMemoryCollection([new("Gateway:Auth", "on"), new("Gateway:Auth:CacheSize", "5")]).Build().GetSection("Gateway"))
            .Should().Equal("Gateway:Auth: has both a value, 'on', and keys of its own");

    [Theory]
    [InlineData(ConfigurationNode.MaxDepth - 1, false)]
    [InlineData(ConfigurationNode.MaxDepth, true)]
    public void Depth_HasALimit(int colons, bool isTooDeep) =>
        Errors(new ConfigurationBuilder().AddInMemoryCollection([new("Gateway" + string.Concat(Enumerable.Repeat(":a", colons)), "1")]).Build().GetSection("Gateway"))
            .Any(static error => error.Contains("nests deeper than 64", StringComparison.Ordinal)).Should().Be(isTooDeep);

    [Fact]
    public void BinaryKeys_AreThoseOfItsRecord() =>
        SectionReader.BinaryKeys.Should().BeEquivalentTo(new SettingsShape(ConfigurationJson.Types, typeof(HostOptions)).Names);

    private static IConfigurationSection Json(string gateway) =>
        new ConfigurationBuilder().AddJsonStream(Stream($$"""{ "Gateway": {{gateway}} }""")).Build().GetSection("Gateway");

    private static MemoryStream Stream(string json) => new(Encoding.UTF8.GetBytes(json));

    private static string[] Errors(IConfiguration configuration)
    {
        IReadOnlyList<OptionError> errors = FluentActions.Invoking(() => GatewayOptions.Bind(configuration))
            .Should().Throw<GatewayOptionsException>().Which.Errors;
        return [.. errors.Select(static error => error.ToString())];
    }
}
