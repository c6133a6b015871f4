using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Configuration;

public sealed class SettingsBinderTests
{
    [Fact]
    public void KeyLeftOut_KeepsTheRecordsDefault()
    {
        GatewayOptions options = ConfigurationFiles.Load("""
            { "gateway": {
                "auth": { "serviceUrl": "http://localhost:8001" },
                "services": { "cart": { "instances": [ { "url": "http://10.0.0.4:80" } ], "healthCheck": {} } },
                "routes": { "carts": { "pattern": "/carts", "service": "cart" } } } }
            """).Configuration!.Gateway;

        options.Auth.Should().BeEquivalentTo(new Core.Authentication.AuthOptions { ServiceUrl = "http://localhost:8001" });
        options.Shutdown.Should().Be(new Core.Reception.ShutdownOptions());
        options.Services["cart"].Should().BeEquivalentTo(new ServiceOptions
        {
            Instances = [new InstanceOptions { Url = "http://10.0.0.4:80" }],
            HealthCheck = new HealthCheckOptions(),
        });
        options.Routes["carts"].Should().BeEquivalentTo(new GatewayRouteOptions { Pattern = "/carts", Service = "cart" });
    }

    [Fact]
    public void UnknownKey_IsAProblemAtTheKey_WithDidYouMean() =>
        ConfigurationFiles.ExpectProblems("""
            {
              "Gateway": {
                §"Shutdwon": { "DrainDelay": "00:00:05" },
                "Auth": { §"Colour": "red" }
              },
              §"Logging": {}
            }
            """,
            "Gateway:Shutdwon: unknown key; did you mean 'Shutdown'?",
            "Gateway:Auth:Colour: unknown key; known here are Mode, ServiceUrl, VerifyPath, Timeout, MaxConcurrentCalls, "
                + "Cookie, SkipPaths, CacheDuration, CacheSize, NegativeCacheDuration, LogoutPaths, Shared, Jwt",
            "Logging: unknown key; known here are Gateway, Kestrel");

    [Fact]
    public void UnknownKeyInTwoFiles_IsAProblemInBoth()
    {
        using var files = new ConfigurationFiles();
        files.Write("a.json", """{ "Gatway": { } }""").Write("b.json", """{   "gatway": { } }""");

        ConfigurationFiles.Lines(files.Load(["a.json", "b.json"]).Problems).Should().Equal(
            "a.json:1:3: Gatway: unknown key; did you mean 'Gateway'?",
            "b.json:1:5: Gatway: unknown key; did you mean 'Gateway'?");
    }

    [Fact]
    public void MisspeltSection_IsReadOn_SoThatNothingIsMadeUpAndErrorsInsideAreSeen() =>
        ConfigurationFiles.ExpectProblems("""
            { "Gateway": {
              §"Servces": { "cart": { §"Instnaces": [ { "Url": "http://10.0.0.4:80", "Weight": §0 } ] } },
              "Routes": { "r": { "Pattern": "/r", "Service": "cart", "Auth": "Anonymous" } } } }
            """,
            "Gateway:Servces: unknown key; did you mean 'Services'?",
            "Gateway:Services:cart:Instnaces: unknown key; did you mean 'Instances'?",
            "Gateway:Services:cart:Instances:0:Weight: 0 is out of range; allowed are 1 to 10000");

    [Fact]
    public void SchemaKey_IsAllowedAtTheRootOnly()
    {
        ConfigurationFiles.ProblemsOf("""{ "$schema": "gateway.schema.json" }""").Should().BeEmpty();
        ConfigurationFiles.ExpectProblems("""{ "$schema": §[] }""", "$schema: expected text, got a list");
        ConfigurationFiles.ExpectProblems("""{ "Gateway": { "Auth": { "Jwt": { §"$schema": "x" } } } }""",
            "Gateway:Auth:Jwt:$schema: unknown key; known here are JwksUrl, Issuer, Audience, ClockSkew, RefreshInterval, UnknownKeyInterval");
    }

    [Theory]
    [InlineData("""{ "Auth": §5 }""", "Gateway:Auth: expected an object, { … }, got '5'")]
    [InlineData("""{ "Auth": §[] }""", "Gateway:Auth: expected an object, { … }, got a list")]
    [InlineData("""{ "Auth": §null }""", "Gateway:Auth: null is not a value here; leave it out for the default")]
    [InlineData("""{ "Services": §[ ] }""", "Gateway:Services: expected an object, { … }, got a list")]
    [InlineData("""{ "TrustedProxies": §"10.0.0.1" }""", "Gateway:TrustedProxies: expected a list, [ … ], got '10.0.0.1'")]
    [InlineData("""{ "TrustedProxies": §{ "a": "10.0.0.1" } }""", "Gateway:TrustedProxies: expected a list, [ … ], got an object")]
    [InlineData("""{ "TrustedProxies": [ §null ] }""", "Gateway:TrustedProxies:0: null is not a value here; leave it out for the default")]
    [InlineData("""{ "TrustedProxies": [ §[] ] }""", "Gateway:TrustedProxies:0: expected a single value, got a list")]
    [InlineData("""{ "Auth": { "Mode": §{} } }""", "Gateway:Auth:Mode: expected a single value, got an object")]
    [InlineData("""{ "Auth": { "Mode": §null } }""", "Gateway:Auth:Mode: null is not a value here; leave it out for the default")]
    [InlineData("""{ "Auth": { "CacheSize": §"many" } }""",
        "Gateway:Auth:CacheSize: 'many' is not a whole number between -2147483648 and 2147483647")]
    [InlineData("""{ "Services": { "cart": §1 } }""", "Gateway:Services:cart: expected an object, { … }, got '1'")]
    [InlineData("""
        { "Services": { "a": { "Instances": [ { "Url": "http://10.0.0.4:80" } ] } },
          "Routes": { "r": { "Pattern": "/", "Service": "a", "Auth": "Anonymous", "Split": { "Services": { "a": 1, "b": §"much" } } } } }
        """, "Gateway:Routes:r:Split:Services:b: 'much' is not a whole number between -2147483648 and 2147483647")]
    public void ValueOfTheWrongKind_IsOneProblemAtTheValue(string gateway, string problem) =>
        ConfigurationFiles.ExpectProblems($$"""{ "Gateway": {{gateway}} }""", problem);

    [Fact]
    public void SectionOfTheWrongKind_IsAProblem() =>
        ConfigurationFiles.ExpectProblems("""{ "Gateway": §true, "Kestrel": §[] }""",
            "Gateway: expected an object, { … }, got 'true'",
            "Kestrel: expected an object, { … }, got a list");

    [Fact]
    public void NullableKey_TakesNull()
    {
        GatewayOptions options = ConfigurationFiles.Load("""{ "Gateway": { "Cors": null, "Auth": { "Cookie": null } } }""").Configuration!.Gateway;

        options.Cors.Should().BeNull();
        options.Auth.Cookie.Should().BeNull();
    }

    [Fact]
    public void Texts_AreTakenForNumbersAndNumbersForTexts()
    {
        GatewayOptions options = ConfigurationFiles.Load("""
            { "Gateway": { "Auth": { "CacheSize": "5", "Cookie": 7 }, "Cors": { "AllowCredentials": "true" } } }
            """).Configuration!.Gateway;

        (options.Auth.CacheSize, options.Auth.Cookie, options.Cors!.AllowCredentials).Should().Be((5, "7", true));
    }

    [Fact]
    public void ShapeErrors_DoNotHideSemanticOnes_NorMakeUpAny() =>
        ConfigurationFiles.ExpectProblems("""
            { "Gateway": {
              "Services": {
                "cart": { "Instances": [ { "Url": §5 }, { "Url": §[] }, { "Url": §"x" } ], "Timeouts": { "Connect": §"2 s" } },
                "user": §"http://10.0.0.4:80"
              },
              "Routes": { "u": { "Pattern": "/u", "Service": "user", "Auth": "Anonymous" },
                          "v": { "Pattern": "/v", "Service": §"crat", "Auth": "Anonymous" } }
            } }
            """,
            "Gateway:Services:cart:Instances:0:Url: '5' is not an instance's address; write scheme, host and port, as in 'http://10.0.0.4:8004'",
            "Gateway:Services:cart:Instances:1:Url: expected a single value, got a list",
            "Gateway:Services:cart:Instances:2:Url: 'x' is not an instance's address; write scheme, host and port, as in 'http://10.0.0.4:8004'",
            "Gateway:Services:cart:Timeouts:Connect: '2 s' is not a duration; write hh:mm:ss, as in \"00:00:02\"",
            "Gateway:Services:user: expected an object, { … }, got 'http://10.0.0.4:80'",
            "Gateway:Routes:v:Service: there is no service 'crat'; did you mean 'cart'?");
}
