using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gateway.Core.Configuration;

/// <summary>The options records that can be bound. Immutable.</summary>
/// <param name="Json">Knows their types; read-only.</param>
/// <param name="Defaults">A fresh record of each. The generated code assigns every init-only property, so a key that is left out would lose its
/// initializer and become 0 or null: its value is copied from here instead.</param>
internal sealed record SettingsTypes(JsonSerializerOptions Json, IReadOnlyDictionary<Type, object> Defaults);

/// <summary>A key that a section may have.</summary>
/// <param name="Name">As the record spells it.</param>
/// <param name="Type">What its value is.</param>
/// <param name="IsNullable">Whether null means something.</param>
/// <param name="Default">Its value when the key is left out.</param>
internal sealed record Setting(string Name, JsonTypeInfo Type, bool IsNullable, object? Default);

/// <summary>The keys of a section, from one options record or from several that share it. Compared without case.</summary>
internal sealed class SettingsShape
{
    private readonly Dictionary<string, Setting> _settings = new(StringComparer.OrdinalIgnoreCase);

    public SettingsShape(SettingsTypes types, params IReadOnlyList<Type> records)
    {
        foreach (Type record in records)
        {
            object defaults = types.Defaults[record];
            foreach (JsonPropertyInfo property in types.Json.GetTypeInfo(record).Properties)
            {
                JsonTypeInfo type = types.Json.GetTypeInfo(property.PropertyType);
                _settings.Add(property.Name, new Setting(property.Name, type, property.IsSetNullable, property.Get!(defaults)));
            }
        }
    }

    public IReadOnlyCollection<Setting> Settings => _settings.Values;

    public IReadOnlyCollection<string> Names => _settings.Keys;

    public Setting? Find(string key) => _settings.GetValueOrDefault(key);
}
