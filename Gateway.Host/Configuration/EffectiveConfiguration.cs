using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Core;
using Gateway.Core.Configuration;
using Gateway.Core.Context;

namespace Gateway.Host.Configuration;

/// <summary>One value that counts, written or not.</summary>
/// <param name="Key">With colons, as in <c>Gateway:Auth:Timeout</c>.</param>
/// <param name="Value">As it would be written in a file: JSON on one line. Secrets are <c>"***"</c>.</param>
/// <param name="Origin">Where it was written; null when nobody wrote it and it is the default.</param>
internal sealed record EffectiveValue(string Key, string Value, ValueOrigin? Origin)
{
    /// <summary>The file's place, the variable or the <c>--set</c>, as in problems; else <c>default</c>.</summary>
    public string OriginText => Origin?.ToString() is { Length: > 0 } written ? written : "default";
}

/// <summary>
/// Every value that a configuration comes to, the defaults among them, each with its origin, without secrets. A list of single values is one value; of
/// records, each has its index. Immutable.
/// </summary>
internal sealed class EffectiveConfiguration
{
    private readonly List<EffectiveValue> _values = [];
    private readonly Dictionary<string, EffectiveValue> _byKey = new(StringComparer.OrdinalIgnoreCase);
    private readonly HostConfiguration _configuration;

    private EffectiveConfiguration(HostConfiguration configuration)
    {
        _configuration = configuration;
        var host = new HostOptions
        {
            Admin = configuration.Admin,
            MaxConnections = configuration.MaxConnections,
            ProxyProtocol = configuration.ProxyProtocol,
            ReusePort = configuration.ReusePort,
            ReloadInterval = configuration.ReloadInterval,
            Kubernetes = configuration.Kubernetes,
            Audit = configuration.Audit,
            Telemetry = configuration.Telemetry,
            Tests = configuration.Tests,
        };
        JsonSerializerOptions types = ConfigurationJson.Options;
        AddRecord(types.GetTypeInfo(typeof(KestrelSettings)), configuration.KestrelSettings, BoundSettings.KestrelKey);
        AddRecord(types.GetTypeInfo(typeof(GatewayOptions)), configuration.Gateway, SettingsBinder.GatewayKey);
        AddRecord(types.GetTypeInfo(typeof(HostOptions)), host, SettingsBinder.GatewayKey);
    }

    /// <summary>In the order of the options records and, within a dictionary, of the file.</summary>
    public IReadOnlyList<EffectiveValue> Values => _values;

    public static EffectiveConfiguration Of(HostConfiguration configuration) => new(configuration);

    /// <summary>The value of a key that holds a single value or a list of such; null for any other.</summary>
    public EffectiveValue? Find(string key) => _byKey.GetValueOrDefault(key);

    /// <summary>What a route goes by: its own keys, those of its services, of its limits, and what is the same for all routes.</summary>
    /// <param name="name">Of a route.</param>
    /// <returns>Null when this configuration has no such route.</returns>
    public IReadOnlyList<EffectiveValue>? OfRoute(string name)
    {
        GatewayOptions gateway = _configuration.Gateway;
        if (!gateway.Routes.TryGetValue(name, out GatewayRouteOptions? route))
        {
            return null;
        }

        string[] sections =
        [
            Section(nameof(GatewayOptions.Routes), name),
            .. route.NamedServices.Select(static service => Section(nameof(GatewayOptions.Services), service)),
            .. (route.RateLimits ?? gateway.DefaultRateLimits).Select(static limit => Section(nameof(GatewayOptions.RateLimits), limit)),
            Section(nameof(GatewayOptions.Cors)),
            .. route.Auth == RouteAuth.Anonymous ? Array.Empty<string>() : [Section(nameof(GatewayOptions.Auth))],
        ];
        string defaults = Section(nameof(GatewayOptions.DefaultRateLimits));
        return [.. _values.Where(value =>
            (route.RateLimits is null && value.Key == defaults)
            || Array.Exists(sections, section => value.Key == section || value.Key.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase)))];
    }

    private static string Section(params IEnumerable<string> path) => $"{SettingsBinder.GatewayKey}:{string.Join(':', path)}";

    private void AddRecord(JsonTypeInfo type, object record, string key)
    {
        foreach (JsonPropertyInfo property in type.Properties)
        {
            Add(ConfigurationJson.Options.GetTypeInfo(property.PropertyType), property.Get!(record), $"{key}:{property.Name}",
                SecretKeys.Of(type.Type, property.Name), property.Name);
        }
    }

    private void Add(JsonTypeInfo type, object? value, string key, Secrecy secrecy, string name)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object when value is not null:
                AddRecord(type, value, key);
                break;
            case JsonTypeInfoKind.Dictionary when value is IDictionary { Count: > 0 } entries:
                foreach (DictionaryEntry entry in entries)
                {
                    Add(ElementOf(type), entry.Value, $"{key}:{entry.Key}", secrecy, (string)entry.Key);
                }

                break;
            case JsonTypeInfoKind.Enumerable when value is IEnumerable elements && ElementOf(type).Kind == JsonTypeInfoKind.Object && elements.Cast<object>().Any():
                int index = 0;
                foreach (object element in elements)
                {
                    AddRecord(ElementOf(type), element, string.Create(CultureInfo.InvariantCulture, $"{key}:{index++}"));
                }

                break;
            default:
                AddValue(key, JsonOf(type, value, secrecy, name));
                break;
        }
    }

    private void AddValue(string key, string json)
    {
        var value = new EffectiveValue(key, json, _configuration.WrittenAt(key));
        _values.Add(value);
        _byKey[key] = value;
    }

    private static JsonTypeInfo ElementOf(JsonTypeInfo collection) => ConfigurationJson.Options.GetTypeInfo(collection.ElementType!);

    private static string JsonOf(JsonTypeInfo type, object? value, Secrecy secrecy, string name) => value switch
    {
        null => "null",
        IDictionary => "{}",
        IEnumerable elements and not string => ListOf(elements.Cast<object>().Select(element => JsonOf(type, element, secrecy, name))),
        bool flag => flag ? "true" : "false",
        string text => Quote(SecretKeys.Shown(text, secrecy, name)),
        _ when secrecy == Secrecy.Secret => Quote(SecretKeys.Hidden),
        TimeSpan time => Quote(time.ToString("c", CultureInfo.InvariantCulture)),
        Enum word => Quote(word.ToString()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"No configuration value is of type {value.GetType()}."),
    };

    private static string ListOf(IEnumerable<string> elements) => string.Join(", ", elements) is { Length: > 0 } all ? $"[ {all} ]" : "[]";

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
