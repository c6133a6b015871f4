using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.RateLimiting;
using Gateway.Host.Configuration;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Configuration;

public sealed class ConfigurationLoaderTests
{
    private const string Route = """{ "Pattern": "/a/{id}", "Service": "cart", "Auth": "Anonymous" }""";
    private const string Services = """ "Services": { "cart": { "Instances": [ { "Url": "http://10.0.0.4:80" } ] } } """;

    [Fact]
    public void ContractExample_LoadsWithoutProblemsOrWarnings()
    {
        LoadedConfiguration loaded = ConfigurationFiles.Load(ConfigurationFiles.ContractExample);

        loaded.Problems.Should().BeEmpty();
        loaded.Warnings.Should().BeEmpty();
        HostConfiguration configuration = loaded.Configuration!;
        configuration.Admin.Should().Be(new AdminOptions());
        configuration.Tests.Should().ContainSingle().Which.Expect.Route.Should().Be("products");
        configuration.Kestrel["Endpoints:Public:Url"].Should().Be("http://*:8000");
        GatewayOptions options = configuration.Gateway;
        options.TrustedProxies.Should().Equal("10.0.0.0/8");
        options.Services["product"].LoadBalancing.Should().Be(LoadBalancingPolicy.WeightedRoundRobin);
        options.Services["product"].Instances.Select(static instance => instance.Weight).Should().Equal(9, 1);
        options.Services["product"].Timeouts.Total.Should().Be(TimeSpan.FromSeconds(30));
        options.Routes["products"].Auth.Should().Be(RouteAuth.Anonymous);
        options.Routes["products"].MaxRequestBodyBytes.Should().Be(10_485_760);
        options.Auth.SkipPaths.Should().Equal("/health", "/api/auth/**");
        options.RateLimits["per-user"].Key.Should().Be(RateLimitKeyKind.User);
        options.RateLimits["per-user"].Tiers["gold"].RefillPerSecond.Should().Be(500);
        options.RateLimitStore.Should().Be(new RateLimitStoreOptions());
        options.Cors!.AllowCredentials.Should().BeTrue();
        options.Shutdown.DrainDelay.Should().Be(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void EveryPrefixOfTheExample_IsRefused_NeverAnException()
    {
        string whole = ConfigurationFiles.ContractExample;
        using var files = new ConfigurationFiles();

        // Each prefix is parsed by the file's own tests; this many go the whole way.
        for (int length = 0; length < whole.Length; length += 11)
        {
            LoadedConfiguration loaded = files.Write("gateway.json", whole[..length]).Load(["gateway.json"]);
            (loaded.Configuration is null && loaded.Problems.Count > 0).Should().BeTrue($"the first {length} characters are no whole file");
        }
    }

    [Fact]
    public void EveryRunOfDeletedCharacters_IsLoadedOrRefused_NeverAnException()
    {
        string whole = ConfigurationFiles.ContractExample;
        using var files = new ConfigurationFiles();
        for (int start = 0; start < whole.Length; start += 5)
        {
            LoadedConfiguration loaded = files.Write("gateway.json", whole.Remove(start, Math.Min(7, whole.Length - start))).Load(["gateway.json"]);
            (loaded.Configuration is null).Should().Be(loaded.Problems.Count > 0);
        }
    }

    [Theory]
    [InlineData($$"""{ {{Services}}, "Routes": { "a": {{Route}}, "b": { "Pattern": §"/a/{id}", "Service": "cart", "Auth": "Anonymous" } } }""",
        "Gateway:Routes:b:Pattern: the routes 'a' and 'b' can never be told apart for any method: same host, same pattern '/a/{id}', same headers")]
    [InlineData("""{ "Routes": { "a": { "Pattern": "/a", "Service": §"cart", "Auth": "Anonymous" } } }""", "Gateway:Routes:a:Service: there is no service 'cart'")]
    [InlineData("""{ "Services": { "cart": { "Instances": [ { "Url": §"10.0.0.4" } ] } } }""",
        "Gateway:Services:cart:Instances:0:Url: '10.0.0.4' is not an instance's address; write scheme, host and port, as in 'http://10.0.0.4:8004'")]
    [InlineData("""{ "Services": { "cart": { "Timeouts": { "Total": §"forever" }, "Instances": [ { "Url": "http://10.0.0.4:80" } ] } } }""",
        "Gateway:Services:cart:Timeouts:Total: 'forever' is not a duration; write hh:mm:ss, as in \"00:00:30\"")]
    [InlineData("""{ "RateLimits": { "p": { "Capacity": §-5, "RefillPerSecond": 1 } } }""",
        "Gateway:RateLimits:p:Capacity: -5 is out of range; allowed are 1 to 1000000000")]
    [InlineData("""{ "Services": { "cart": §{ } } }""",
        "Gateway:Services:cart:Instances: a service has 1 to 1000 instances, this one has 0")]
    [InlineData("""{ "Admin": { "Url": §"https://127.0.0.1:1" } }""",
        "Gateway:Admin:Url: 'https://127.0.0.1:1' is not an admin address; write http://, an IP address or localhost, and a port, as in 'http://127.0.0.1:9100'")]
    [InlineData("""{ "Tests": [ { "Request": §"/a", "Expect": { "Route": "a" } } ] }""",
        "Gateway:Tests:0:Request: '/a' is not a request; write a method and a path or URL, as in 'GET /api/products/42'")]
    [InlineData("""{ "ProxyProtocol": §"Required" }""",
        "Gateway:ProxyProtocol: only trusted proxies may send PROXY headers, so Gateway:TrustedProxies must name them")]
    public void WrongConfiguration_IsOneSentenceWithItsPosition(string gateway, string problem) =>
        ConfigurationFiles.ExpectProblems($$"""{ "Gateway": {{gateway}} }""", problem);

    [Theory]
    [InlineData("Http3")]
    [InlineData("Http1AndHttp2AndHttp3")]
    public void ProxyProtocolWithHttp3_IsRefused(string protocols) => ConfigurationFiles.ExpectProblems(
        $$"""
        { "Gateway": { "ProxyProtocol": "Required", "TrustedProxies": [ "10.0.0.1" ] },
          "Kestrel": { "Endpoints": { "A": { "Url": "https://*:8443", "Protocols": §"{{protocols}}" } } } }
        """,
        "Kestrel:Endpoints:A:Protocols: HTTP/3 has no PROXY header, which Gateway:ProxyProtocol requires; leave it out, or write Http1AndHttp2");

    [Fact]
    public void SharedPortWithHttp3_IsRefused() => ConfigurationFiles.ExpectProblems(
        """
        { "Gateway": { "ReusePort": true },
          "Kestrel": { "EndpointDefaults": { "Protocols": §"Http1AndHttp2AndHttp3" } } }
        """,
        "Kestrel:EndpointDefaults:Protocols: HTTP/3's port cannot be shared, as Gateway:ReusePort wants; leave it out, or write Http1AndHttp2");

    [Fact]
    public void SharedPortElsewhereThanOnLinux_IsRefused()
    {
        var errors = new OptionErrors();
        ConfigurationLoader.ValidateReusePort(new KestrelSettings(), isLinux: false, errors);
        errors.All.Should().ContainSingle().Which.ToString().Should().Be("Gateway:ReusePort: only Linux lets two processes share a port; leave it out");
    }

    [Fact]
    public void Port_IsNotSharedUnlessItIsSaid()
    {
        ConfigurationFiles.Load(ConfigurationFiles.ContractExample).Configuration!.ReusePort.Should().BeFalse();
        ConfigurationFiles.Load("""{ "Gateway": { "ReusePort": true } }""").Configuration!.ReusePort.Should().BeTrue();
    }

    [Fact]
    public void ProxyProtocol_IsOffUnlessItIsRequired()
    {
        ConfigurationFiles.Load(ConfigurationFiles.ContractExample).Configuration!.ProxyProtocol.Should().Be(ProxyProtocolMode.Off);
        ConfigurationFiles.Load("""{ "Gateway": { "ProxyProtocol": "Required", "TrustedProxies": [ "10.0.0.1" ] } }""")
            .Configuration!.ProxyProtocol.Should().Be(ProxyProtocolMode.Required);
    }

    [Fact]
    public void Problems_AreAllReportedAtOnce_InTheOrderOfFilesLinesAndColumns()
    {
        using var files = new ConfigurationFiles();
        files.Write("z.json", """
            { "Gateway": { "Shutdown": { "DrainDelay": "2h" },
              "Auth": { "CacheSize": 0, "Tiemout": "00:00:01" } } }
            """);
        files.Write("a.json", """{ "Gateway": { "RateLimits": { "p": { "Capacity": 0, "RefillPerSecond": "x" } } } }""");
        files.Environment["Gateway__Cors__MaxAge"] = "2.00:00:00";

        ConfigurationFiles.Lines(files.Load(["z.json", "a.json"], "Gateway:Nope=1").Problems).Should().Equal(
            "z.json:1:44: Gateway:Shutdown:DrainDelay: '2h' is not a duration; write hh:mm:ss, as in \"02:00:00\"",
            "z.json:2:26: Gateway:Auth:CacheSize: 0 is out of range; allowed are 1 to 10000000",
            "z.json:2:29: Gateway:Auth:Tiemout: unknown key; did you mean 'Timeout'?",
            "a.json:1:51: Gateway:RateLimits:p:Capacity: 0 is out of range; allowed are 1 to 1000000000",
            "a.json:1:73: Gateway:RateLimits:p:RefillPerSecond: 'x' is not a number",
            "environment variable Gateway__Cors__MaxAge: Gateway:Cors:MaxAge: 2.00:00:00 is out of range; allowed are 00:00:00 to 1.00:00:00",
            "--set Gateway:Nope: Gateway:Nope: unknown key; known here are TrustedProxies, Overload, Services, Routes, Dns, Auth, RateLimits, "
                + "DefaultRateLimits, RateLimitStore, Cors, Shutdown, Admin, MaxConnections, ProxyProtocol, ReusePort, ReloadInterval, Kubernetes, Telemetry, Tests");
    }

    [Fact]
    public void LaterFile_OverridesTheEarlier_AndItsErrorsAreItsOwn()
    {
        using var files = new ConfigurationFiles();
        files.Write("base.json", ConfigurationFiles.ContractExample);
        files.Write("over.json", """{ "Gateway": { "Services": { "product": { "Instances": [ { "Weight": 0 } ] } } } }""");

        ConfigurationFiles.Lines(files.Load(["base.json", "over.json"]).Problems).Should().Equal(
            "over.json:1:70: Gateway:Services:product:Instances:0:Weight: 0 is out of range; allowed are 1 to 10000");
    }

    [Fact]
    public void BrokenFile_DoesNotHideWhatIsWrongInTheOthers_NorMakeUpAnything()
    {
        using var files = new ConfigurationFiles();
        files.Write("base.json", "{ ");
        files.Write("over.json", """{ "Gateway": { "Auht": {}, "Routes": { "a": { "Service": "in-base" } } } }""");

        string[] problems = ConfigurationFiles.Lines(files.Load(["base.json", "missing.json", "over.json"], "Gateway:TrustedProxies:3=x").Problems);

        problems.Should().HaveCount(3);
        problems[0].Should().StartWith("base.json:1:3: broken JSON: ");
        problems[1].Should().Be("missing.json: the file does not exist");
        problems[2].Should().Be("over.json:1:16: Gateway:Auht: unknown key; did you mean 'Auth'?");
    }

    [Fact]
    public void WithoutFiles_TheConventionalOnesAreRead()
    {
        using var files = new ConfigurationFiles();
        files.Write("appsettings.json", """{ "Gateway": { "Auth": { "Cookie": "a", "CacheSize": 7 } } }""");
        files.Write("appsettings.Staging.json", """{ "Gateway": { "Auth": { "Cookie": "b" } } }""");
        files.Write("appsettings.Production.json", """{ "Gateway": { "Auth": { "Cookie": "c" } } }""");
        Core.Authentication.AuthOptions production = files.Load([]).Configuration!.Gateway.Auth;
        files.Environment["ASPNETCORE_ENVIRONMENT"] = "Staging";
        LoadedConfiguration staging = files.Load([]);

        (production.Cookie, production.CacheSize).Should().Be(("c", 7));
        staging.Configuration!.Gateway.Auth.Cookie.Should().Be("b");
        staging.Name.Should().Be("appsettings.json, appsettings.Staging.json");
    }

    [Fact]
    public void WithoutAnything_OneSentenceSaysHowToGiveAConfiguration()
    {
        using var files = new ConfigurationFiles();

        ConfigurationFiles.Lines(files.Load([]).Problems).Should().Equal(
            "there is no configuration; give one with --config FILE, or start where there is an appsettings.json");
    }

    [Fact]
    public void WithoutFiles_ValuesAloneAreEnough()
    {
        using var files = new ConfigurationFiles();

        files.Load([], "Gateway:Auth:Cookie=x").Configuration!.Gateway.Auth.Cookie.Should().Be("x");
    }

    [Fact]
    public void Kestrel_IsHandedOnMerged()
    {
        using var files = new ConfigurationFiles();
        files.Write("a.json", """{ "Kestrel": { "Endpoints": { "A": { "Url": "http://*:1", "Protocols": "Http1", "SslProtocols": [ "Tls13" ] } } } }""");
        files.Environment["Kestrel__Endpoints__A__Url"] = "http://*:2";

        Microsoft.Extensions.Configuration.IConfiguration kestrel = files.Load(["a.json"]).Configuration!.Kestrel;

        kestrel["Endpoints:A:Url"].Should().Be("http://*:2");
        kestrel["Endpoints:A:Protocols"].Should().Be("Http1");
        kestrel["Endpoints:A:SslProtocols:0"].Should().Be("Tls13");
        kestrel["Endpoints:Default:Url"].Should().BeNull();
    }

    [Fact]
    public void Kestrel_WithoutEndpoints_ListensOnPort8000() =>
        ConfigurationFiles.Load("{ }").Configuration!.Kestrel["Endpoints:Default:Url"].Should().Be("http://*:8000");
}
