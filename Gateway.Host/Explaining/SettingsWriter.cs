using System.Text.Json;
using Gateway.Host.Configuration;

namespace Gateway.Host.Explaining;

/// <summary>Writes effective values as settings of an explanation.</summary>
internal sealed class SettingsWriter(EffectiveConfiguration values)
{
    /// <summary>The key's value as people read it: a text without quotes, a list without brackets.</summary>
    public ExplainedSetting Of(string topic, string name, string key) =>
        Shown(topic, name, key, Plain(values.Find(key)?.Value ?? "null"));

    /// <summary>The key's origin beside another text, as where the value alone would say too little.</summary>
    public ExplainedSetting Shown(string topic, string name, string key, string value) =>
        new(topic, name, value, key, values.Find(key)?.OriginText ?? "default");

    private static string Plain(string json)
    {
        using JsonDocument value = JsonDocument.Parse(json);
        return value.RootElement.ValueKind switch
        {
            JsonValueKind.Null => "none",
            JsonValueKind.Array when value.RootElement.GetArrayLength() == 0 => "none",
            JsonValueKind.Array => string.Join(", ", value.RootElement.EnumerateArray().Select(static element => element.ToString())),
            JsonValueKind.String => value.RootElement.GetString()!,
            _ => json,
        };
    }
}
