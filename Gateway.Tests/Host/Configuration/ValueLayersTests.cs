using Gateway.Host.Configuration;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Configuration;

public sealed class ValueLayersTests
{
    private const string Json = """{ "Gateway": { "Auth": { "Cookie": "file" }, "TrustedProxies": [ "10.0.0.0/8", "10.1.0.0/16" ] } }""";

    [Fact]
    public void Variable_OverridesTheFile()
    {
        using ConfigurationFiles files = Files();
        files.Environment["GATEWAY__AUTH__COOKIE"] = "variable";

        files.Load(["gateway.json"]).Configuration!.Gateway.Auth.Cookie.Should().Be("variable");
    }

    [Fact]
    public void Set_OverridesVariableAndFile_AndTheLastSetWins()
    {
        using ConfigurationFiles files = Files();
        files.Environment["Gateway__Auth__Cookie"] = "variable";

        files.Load(["gateway.json"], "Gateway:Auth:Cookie=first", "gateway:auth:cookie=a=b").Configuration!
            .Gateway.Auth.Cookie.Should().Be("a=b");
    }

    [Fact]
    public void NumericKeys_AreIndexes()
    {
        using ConfigurationFiles files = Files();
        files.Environment["Gateway__Services__cart__Instances__0__Url"] = "http://10.0.0.4:8007";
        files.Environment["Gateway__Services__cart__Instances__0__Weight"] = "7";
        files.Environment["Gateway__TrustedProxies__1"] = "10.9.0.0/16";

        Core.GatewayOptions options = files.Load(["gateway.json"], "Gateway:TrustedProxies:2=::1").Configuration!.Gateway;

        options.Services["cart"].Instances.Should().ContainSingle().Which.Weight.Should().Be(7);
        options.TrustedProxies.Should().Equal("10.0.0.0/8", "10.9.0.0/16", "::1");
    }

    [Fact]
    public void EmptyValue_MeansNullOrAnEmptyList()
    {
        using ConfigurationFiles files = Files();
        files.Environment["Gateway__Auth__Cookie"] = "";

        Core.GatewayOptions options = files.Load(["gateway.json"], "Gateway:TrustedProxies=").Configuration!.Gateway;

        options.Auth.Cookie.Should().BeNull();
        options.TrustedProxies.Should().BeEmpty();
    }

    [Fact]
    public void OtherVariables_DoNotCount()
    {
        using ConfigurationFiles files = Files();
        files.Environment["GATEWAY_PORT"] = "tcp://10.0.0.1:80";
        files.Environment["Logging__LogLevel"] = "Debug";
        files.Environment["MyGateway__Auth__Cookie"] = "x";

        files.Load(["gateway.json"]).Configuration!.Gateway.Auth.Cookie.Should().Be("file");
    }

    [Fact]
    public void Problems_NameTheVariableOrTheSet()
    {
        using ConfigurationFiles files = Files();
        files.Environment["Gateway__Auth__Timeout"] = "30";
        files.Environment["Kestrel__Endpoint"] = "x";

        ConfigurationFiles.Lines(files.Load(["gateway.json"], "Gateway:Auth:CacheSize=-1").Problems).Should().Equal(
            "environment variable Gateway__Auth__Timeout: Gateway:Auth:Timeout: '30' is not a duration; write hh:mm:ss, as in \"00:00:30\"",
            "environment variable Kestrel__Endpoint: Kestrel:Endpoint: unknown key; did you mean 'Endpoints'?",
            "--set Gateway:Auth:CacheSize: Gateway:Auth:CacheSize: -1 is out of range; allowed are 1 to 10000000");
    }

    [Theory]
    [InlineData("Gateway__Auth__Cookie", "GATEWAY__AUTH__COOKIE", "Cookie")]
    [InlineData("Gateway__Auth__Cookie", "Gateway__Auth", "Auth")]
    public void TwoVariablesForOneKey_AreAProblem(string one, string other, string key)
    {
        using ConfigurationFiles files = Files();
        files.Environment[one] = "x";
        files.Environment[other] = "y";

        ConfigurationFiles.Lines(files.Load(["gateway.json"]).Problems).Should().Contain(
            line => line.Contains($"the key '{key}' is given twice", StringComparison.OrdinalIgnoreCase) && line.Contains("first by environment variable"));
    }

    [Fact]
    public void GapInAList_IsAProblem()
    {
        using ConfigurationFiles files = Files();

        ConfigurationFiles.Lines(files.Load(["gateway.json"], "Gateway:TrustedProxies:7=::1").Problems).Should().Equal(
            "--set Gateway:TrustedProxies:7: Gateway:TrustedProxies:7: there is no element 2 before it; the next index is 2");
    }

    [Fact]
    public void KeyThatIsNoIndex_IsAProblem()
    {
        using ConfigurationFiles files = Files();

        ConfigurationFiles.Lines(files.Load(["gateway.json"], "Gateway:TrustedProxies:01=::1").Problems).Should().Equal(
            "--set Gateway:TrustedProxies:01: Gateway:TrustedProxies:01: '01' is not the index of an element; those are 0, 1, 2 …");
    }

    [Fact]
    public void ProcessEnvironment_HoldsTheProcessesVariables() =>
        ValueLayers.ProcessEnvironment().Should().ContainKey("PATH");

    private static ConfigurationFiles Files() => new ConfigurationFiles().Write("gateway.json", Json);
}
