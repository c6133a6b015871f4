using System.Collections.Frozen;
using System.Text.Json.Serialization;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.RateLimiting;
using Gateway.Core.Reception;
using Gateway.Core.Resilience;
using Gateway.Host.Auditing;
using Gateway.Host.Kubernetes;
using Gateway.Host.Telemetry;
using RouteOptions = Gateway.Core.Context.RouteOptions;

namespace Gateway.Host.Configuration;

/// <summary>The shape of the configuration, taken from the options records when this is compiled: no reflection, no second schema.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(GatewayOptions))]
[JsonSerializable(typeof(HostOptions))]
[JsonSerializable(typeof(KestrelSettings))]
internal sealed partial class ConfigurationJson : JsonSerializerContext
{
    /// <summary>
    /// One fresh record of each type. The generated code assigns every init-only property, so a key that is left out would lose
    /// its initializer and become 0 or null: its value is copied from here instead. A test holds that no type is missing.
    /// </summary>
    private static readonly FrozenDictionary<Type, object> Fresh = new object[]
    {
        new GatewayOptions(), new ServiceOptions(), new InstanceOptions(), new HealthCheckOptions(), new CircuitBreakerOptions(),
        new OutlierOptions(), new OverloadOptions(), new ConcurrencyOptions(), new RetryOptions(), new TimeoutOptions(), new RouteOptions(), new RouteTimeoutOptions(), new SplitOptions(), new MirrorOptions(), new RequireOptions(), new AuthOptions(), new JwtOptions(), new SharedTokenOptions(),
        new RateLimitPolicyOptions(), new RateLimitTierOptions(), new RateLimitStoreOptions(), new CorsOptions(), new ShutdownOptions(),
        new DnsOptions(), new DiscoveryOptions(), new KubernetesOptions(), new HostOptions(), new TelemetryOptions(), new OtlpOptions(), new SpanOptions(), new OtlpMetricOptions(), new AdminOptions(), new TestOptions(), new TestExpectation(), new AuditOptions(),
        new KestrelSettings(), new KestrelEndpointDefaults(), new KestrelEndpoint(), new KestrelSni(), new KestrelCertificate(),
    }.ToFrozenDictionary(static record => record.GetType());

    /// <summary>A record of the type with its defaults.</summary>
    public static object DefaultsOf(Type type) => Fresh[type];
}
