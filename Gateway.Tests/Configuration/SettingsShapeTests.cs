using System.Text.Json.Serialization.Metadata;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Configuration;
using Gateway.Host.Configuration;

namespace Gateway.Tests.Configuration;

public sealed class SettingsShapeTests
{
    [Fact]
    public void Settings_AreTheRecordsProperties_FoundWithoutCase()
    {
        SettingsShape shape = ShapeOf(typeof(AuthOptions));

        shape.Names.Should().Contain(nameof(AuthOptions.CacheSize)).And.NotContain(nameof(AuthOptions.IsConfigured));
        shape.Find("cachesize").Should().BeEquivalentTo(new { Name = "CacheSize", IsNullable = false, Default = 100_000 });
        shape.Find("Cookie").Should().BeEquivalentTo(new { Name = "Cookie", IsNullable = true, Default = "access_token" });
        shape.Find("Nope").Should().BeNull();
    }

    [Fact]
    public void NullableRecords_AndNullableValues_AreSeen()
    {
        ShapeOf(typeof(ServiceOptions)).Find("HealthCheck")!.IsNullable.Should().BeTrue();
        ShapeOf(typeof(ServiceOptions)).Find("CircuitBreaker")!.IsNullable.Should().BeFalse();
        ShapeOf(typeof(KestrelEndpoint)).Find("Protocols")!.IsNullable.Should().BeTrue();
        ShapeOf(typeof(KestrelEndpoint)).Find("Sni")!.Type.Kind.Should().Be(JsonTypeInfoKind.Dictionary);
    }

    [Fact]
    public void RecordsThatShareASection_HaveTheirKeysTogether() =>
        ShapeOf(typeof(TestExpectation), typeof(AdminOptions)).Names.Should().Equal("Route", "Service", "Url", "TokenFile", "AllowedHosts");

    private static SettingsShape ShapeOf(params Type[] records) => new(ConfigurationJson.Types, records);
}
