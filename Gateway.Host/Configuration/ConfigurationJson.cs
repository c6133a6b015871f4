using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Gateway.Core;
using Gateway.Core.Configuration;
using Gateway.Host.Auditing;
using Gateway.Host.Kubernetes;
using Gateway.Host.Telemetry;

namespace Gateway.Host.Configuration;

/// <summary>The options records, bound; where the configuration has an error they have a default.</summary>
internal sealed record BoundSettings(GatewayOptions Gateway, HostOptions Host, KestrelSettings Kestrel)
{
    public const string KestrelKey = "Kestrel";

    /// <summary>Binds both sections; the binder gathers what is wrong.</summary>
    public static BoundSettings Of(SettingsBinder binder)
    {
        binder.ReportUnknownSections(SettingsBinder.GatewayKey, KestrelKey);
        byte[] gateway = binder.Read(SettingsBinder.GatewayKey, typeof(GatewayOptions), typeof(HostOptions));
        byte[] kestrel = binder.Read(KestrelKey, typeof(KestrelSettings));
        return new BoundSettings(
            OptionsJson.Read(gateway),
            JsonSerializer.Deserialize(gateway, HostContext.Default.HostOptions)!,
            JsonSerializer.Deserialize(kestrel, HostContext.Default.KestrelSettings)!);
    }
}

/// <summary>The types of the library's options records and of the binary's own.</summary>
internal static class ConfigurationJson
{
    public static readonly SettingsTypes Types = new(Frozen(), OptionsJson.Types.Defaults.Values.Concat(
    [
        new KubernetesOptions(), new HostOptions(), new TelemetryOptions(), new OtlpOptions(), new SpanOptions(), new OtlpMetricOptions(),
        new AdminOptions(), new TestOptions(), new TestExpectation(), new AuditOptions(),
        new KestrelSettings(), new KestrelEndpointDefaults(), new KestrelEndpoint(), new KestrelSni(), new KestrelCertificate(),
    ]).ToFrozenDictionary(static record => record.GetType()));

    public static JsonSerializerOptions Options => Types.Json;

    /// <summary>A record of the type with its defaults.</summary>
    public static object DefaultsOf(Type type) => Types.Defaults[type];

    private static JsonSerializerOptions Frozen()
    {
        var json = new JsonSerializerOptions { TypeInfoResolver = JsonTypeInfoResolver.Combine(OptionsContext.Default, HostContext.Default) };
        json.MakeReadOnly();
        return json;
    }
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(HostOptions))]
[JsonSerializable(typeof(KestrelSettings))]
internal sealed partial class HostContext : JsonSerializerContext;
