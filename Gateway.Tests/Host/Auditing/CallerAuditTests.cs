using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Auditing;

public sealed class CallerAuditTests
{
    private const string Service = """ "Services": { "s": { "Instances": [ { "Url": "http://10.0.0.1:80" } ] } } """;

    [Theory]
    [InlineData("http://localhost:3000")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://shop.example")]
    public void UnencryptedOriginWithCredentials(string origin) => ConfigurationFiles.ExpectFinding("GW1001",
        $$"""{ "Gateway": { "Cors": { "AllowedOrigins": [ "https://shop.example", §"{{origin}}" ], "AllowCredentials": true } } }""",
        $"Gateway:Cors:AllowedOrigins:1: '{origin}' is not encrypted, so whoever can answer in its place may call with the user's credentials");

    [Fact]
    public void UnencryptedOriginWithoutCredentials_IsNone() =>
        ConfigurationFiles.ExpectFinding("GW1001", """{ "Gateway": { "Cors": { "AllowedOrigins": [ "http://localhost" ] } } }""");

    [Fact]
    public void AnyOrigin() => ConfigurationFiles.ExpectFinding("GW1002", """{ "Gateway": { "Cors": { "AllowedOrigins": [ §"*" ] } } }""",
        "Gateway:Cors:AllowedOrigins:0: every page may call, and read the answers that it gets without cookies");

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("::/0")]
    public void EverybodyIsAProxy(string network) => ConfigurationFiles.ExpectFinding("GW1003",
        $$"""{ "Gateway": { "TrustedProxies": [ "10.0.0.0/8", §"{{network}}" ] } }""",
        $"Gateway:TrustedProxies:1: '{network}' is every address, so every client may say by X-Forwarded-For who it is, and limits by address limit nobody");

    [Theory]
    [InlineData("/open/**", "/open/{x}")]
    [InlineData("/open/**", "/open/a/{**rest}")]
    [InlineData("/open/a", "/open/a")]
    public void SkippedRequirement(string skip, string pattern)
    {
        ConfigurationFiles.ExpectFinding("GW1004", Skipping(skip, "§", pattern, """, "Require": { "Roles": [ "admin" ] } """),
            "Gateway:Routes:r: the route requires roles or scopes, but its paths are in Gateway:Auth:SkipPaths, so no user is known there and everybody gets 403");
        ConfigurationFiles.ExpectFinding("GW1005", Skipping(skip, "§", pattern, ""),
            "Gateway:Routes:r: the route's Auth is Required, but its paths are in Gateway:Auth:SkipPaths, so no token is asked for");
    }

    [Theory]
    [InlineData("/open/**", "/{x}/open")]
    [InlineData("/open/**", "/opening/{x}")]
    [InlineData("/open/a", "/open/{x}")]
    [InlineData("/open/a/**", "/open/{**rest}")]
    public void RouteThatIsSkippedInPartOrNotAtAll_IsNone(string skip, string pattern)
    {
        ConfigurationFiles.ExpectFinding("GW1004", Skipping(skip, "", pattern, """, "Require": { "Roles": [ "admin" ] } """));
        ConfigurationFiles.ExpectFinding("GW1005", Skipping(skip, "", pattern, ""));
    }

    [Theory]
    [InlineData("", "Issuer and Audience are")]
    [InlineData(""", "Issuer": "i" """, "Audience is")]
    [InlineData(""", "Audience": "a" """, "Issuer is")]
    public void UncheckedClaims(string more, string missing) => ConfigurationFiles.ExpectFinding("GW1006",
        $$"""{ "Gateway": { "Auth": { "Mode": "Jwt", "Jwt": §{ "JwksUrl": "https://keys.partner.com/jwks" {{more}} } } } }""",
        $"Gateway:Auth:Jwt: {missing} not set, so a token that was made for somebody else by the same keys is taken here too (RFC 8725)");

    [Fact]
    public void CheckedClaims_AreNone() => ConfigurationFiles.ExpectFinding("GW1006",
        """{ "Gateway": { "Auth": { "Mode": "Jwt", "Jwt": { "JwksUrl": "https://keys.partner.com/jwks", "Issuer": "i", "Audience": "a" } } } }""");

    [Fact]
    public void UnencryptedAuth()
    {
        ConfigurationFiles.ExpectFinding("GW1007", """{ "Gateway": { "Auth": { "ServiceUrl": §"http://auth.partner.com" } } }""",
            "Gateway:Auth:ServiceUrl: tokens go to 'http://auth.partner.com' unencrypted, over a network that is not yours alone; use https");
        ConfigurationFiles.ExpectFinding("GW1007", """{ "Gateway": { "Auth": { "Mode": "Jwt", "Jwt": { "JwksUrl": §"http://auth.partner.com" } } } }""",
            "Gateway:Auth:Jwt:JwksUrl: the keys come from 'http://auth.partner.com' unencrypted, so whoever can answer in its place can make up users; use https");
        ConfigurationFiles.ExpectFinding("GW1007", """{ "Gateway": { "Auth": { "ServiceUrl": "http://auth-service:8001" } } }""");
    }

    [Fact]
    public void LongBelief()
    {
        ConfigurationFiles.ExpectFinding("GW1008", """{ "Gateway": { "Auth": { "ServiceUrl": "http://auth:1", "CacheDuration": §"00:15:01" } } }""",
            "Gateway:Auth:CacheDuration: a user who has logged out is believed for up to 00:15:01, and there are neither LogoutPaths nor an admin token to end that");
        ConfigurationFiles.ExpectFinding("GW1008", """{ "Gateway": { "Auth": { "ServiceUrl": "http://auth:1", "CacheDuration": "00:15:00" } } }""");
        ConfigurationFiles.ExpectFinding("GW1008", """{ "Gateway": { "Auth": { "ServiceUrl": "http://auth:1", "CacheDuration": "01:00:00", "LogoutPaths": [ "/logout" ] } } }""");
    }

    [Fact]
    public void OpenAdmin()
    {
        using var files = new ConfigurationFiles();
        files.Write("token", "0123456789abcdef").Write("gateway.json", """{ "Gateway": { "Admin": { "Url": "http://0.0.0.0:9100", "TokenFile": "token" } } }""");
        files.Load(["gateway.json"]).Findings.Should().ContainSingle(static finding => finding.Kind.Id == "GW1009").Which.Origin.Column.Should().Be(34);
        files.Load(["gateway.json"], "Gateway:Admin:Url=http://[::1]:9100").Findings.Should().BeEmpty();
    }

    [Fact]
    public void InvalidCertificate() => ConfigurationFiles.ExpectFinding("GW1010",
        """{ "Kestrel": { "Endpoints": { "a": { "Url": "https://*:1", "Certificate": { "Subject": "x", "Store": "My", "AllowInvalid": §true } }, "b": { "Url": "https://*:2", "Certificate": { "Subject": "x", "AllowInvalid": false } } } } }""",
        "Kestrel:Endpoints:a:Certificate:AllowInvalid: a certificate is served even if it is expired or nobody trusts it");

    private static string Skipping(string skip, string mark, string pattern, string more) => $$"""
        { "Gateway": { {{Service}}, "Auth": { "ServiceUrl": "http://10.0.0.9:1", "SkipPaths": [ "{{skip}}" ] },
          "Routes": { "r": {{mark}}{ "Pattern": "{{pattern}}", "Service": "s" {{more}} } } } }
        """;
}
