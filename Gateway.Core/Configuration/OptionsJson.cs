using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.RateLimiting;
using Gateway.Core.Reception;
using Gateway.Core.Resilience;

namespace Gateway.Core.Configuration;

/// <summary>The shape of the configuration, taken from the options records when this is compiled: no reflection, no second schema.</summary>
internal static class OptionsJson
{
    /// <summary>The types of <see cref="GatewayOptions"/> and the records in it. A test holds that none is missing.</summary>
    public static readonly SettingsTypes Types = new(Frozen(), new object[]
    {
        new GatewayOptions(), new ServiceOptions(), new InstanceOptions(), new HealthCheckOptions(), new CircuitBreakerOptions(),
        new OutlierOptions(), new OverloadOptions(), new ConcurrencyOptions(), new RetryOptions(), new TimeoutOptions(), new GatewayRouteOptions(),
        new RouteTimeoutOptions(), new SplitOptions(), new MirrorOptions(), new RequireOptions(), new AuthOptions(), new JwtOptions(),
        new SharedTokenOptions(), new RateLimitPolicyOptions(), new RateLimitTierOptions(), new RateLimitStoreOptions(), new CorsOptions(),
        new ShutdownOptions(), new DnsOptions(), new DiscoveryOptions(),
    }.ToFrozenDictionary(static record => record.GetType()));

    /// <summary>Reads what <see cref="SettingsBinder.Read"/> wrote.</summary>
    public static GatewayOptions Read(byte[] json) => JsonSerializer.Deserialize(json, OptionsContext.Default.GatewayOptions)!;

    private static JsonSerializerOptions Frozen()
    {
        var json = new JsonSerializerOptions { TypeInfoResolver = OptionsContext.Default };
        json.MakeReadOnly();
        return json;
    }
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(GatewayOptions))]
internal sealed partial class OptionsContext : JsonSerializerContext;
