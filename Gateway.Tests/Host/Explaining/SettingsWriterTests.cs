using Gateway.Host.Configuration;
using Gateway.Host.Explaining;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Explaining;

public sealed class SettingsWriterTests
{
    private static readonly SettingsWriter Writer = new(EffectiveConfiguration.Of(ConfigurationFiles.Load("""
        { "Gateway": { "Auth": { "VerifyPath": "/\"x\"", "SkipPaths": [ "/a", "/b/**" ] } } }
        """, "Gateway:Auth:CacheSize=7").Configuration!));

    [Theory]
    [InlineData("Gateway:Auth:VerifyPath", "/\"x\"", "gateway.json:1:40")]
    [InlineData("Gateway:Auth:SkipPaths", "/a, /b/**", "gateway.json:1:63")]
    [InlineData("Gateway:Auth:CacheSize", "7", "--set Gateway:Auth:CacheSize")]
    [InlineData("Gateway:Auth:ServiceUrl", "none", "default")]
    [InlineData("Gateway:Auth:LogoutPaths", "none", "default")]
    [InlineData("Gateway:ReusePort", "false", "default")]
    public void Value_IsAsPeopleReadIt_WithItsOrigin(string key, string value, string origin) =>
        Writer.Of("t", "n", key).Should().Be(new ExplainedSetting("t", "n", value, key, origin));
}
