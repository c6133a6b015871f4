using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Core.Backends;
using Gateway.Core.Errors;

namespace Gateway.Core.Configuration;

/// <summary>
/// Walks the merged tree against the options records: reports each unknown key and each value of the wrong kind, and writes what
/// is right, with the defaults for the rest, as JSON for the serializer. So later checks still see all that could be read.
/// The recursion is as deep as the records, not as the tree.
/// </summary>
/// <param name="root">The merged tree.</param>
/// <param name="types">The records' types and defaults.</param>
/// <param name="isWhole">False when a layer is missing from it: then a gap in a list says nothing.</param>
/// <param name="problems">Gathers what is wrong.</param>
internal sealed class SettingsBinder(ConfigurationNode root, SettingsTypes types, bool isWhole, List<ConfigurationProblem> problems)
{
    public const string GatewayKey = "Gateway";

    private readonly Dictionary<Type, SettingsShape> _shapes = [];
    private readonly HashSet<string> _badKeys = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether an error at this key, or at one above it, is reported already: what else is said of it would only follow from that.</summary>
    public bool IsReported(string key)
    {
        for (int end = key.Length; end > 0; end = key.LastIndexOf(':', end - 1))
        {
            if (_badKeys.Contains(key[..end]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether an error at this key is reported already, or follows from one that is.</summary>
    public bool FollowsFromReported(string key) => IsReported(key) || FollowsFromAWrongKind(key);

    /// <summary>Reports the keys beside the sections; <c>$schema</c>, for editors, may stand there.</summary>
    public void ReportUnknownSections(params IReadOnlyList<string> sections)
    {
        if (root.Find("$schema") is { Kind: not NodeKind.Text } schema)
        {
            Report("$schema", schema.Origin, $"expected text, got {Describe(schema)}");
        }

        ReportUnknownKeys(root, "", sections, key =>
            key == "$schema" ? JsonTypeInfoKind.None
            : sections.Contains(key, StringComparer.OrdinalIgnoreCase) ? JsonTypeInfoKind.Object
            : null);
    }

    /// <summary>A section as JSON for the serializer, complete; where it has an error, or a key is left out, stands the default.</summary>
    /// <param name="key">The section's.</param>
    /// <param name="records">Those that share it.</param>
    public byte[] Read(string key, params IReadOnlyList<Type> records) => WriteSection(key, new SettingsShape(types, records));

    /// <summary>Which keys of a service belong there depends on the kind of its discovery: of one that cannot be read nothing follows.</summary>
    private bool FollowsFromAWrongKind(string key)
    {
        const string Discovery = $":{nameof(ServiceOptions.Discovery)}:", Instances = $":{nameof(ServiceOptions.Instances)}";
        int end = key.EndsWith(Instances, StringComparison.Ordinal) ? key.Length - Instances.Length : key.LastIndexOf(Discovery, StringComparison.Ordinal);
        return end > 0 && IsReported($"{key[..end]}{Discovery}{nameof(DiscoveryOptions.Kind)}");
    }

    private byte[] WriteSection(string key, SettingsShape shape)
    {
        ConfigurationNode? section = root.Find(key);
        if (section is { Kind: not NodeKind.Section })
        {
            Report(key, section.Origin, $"expected an object, {{ … }}, got {Describe(section)}");
            section = null;
        }

        using var content = new MemoryStream();
        using (var json = new Utf8JsonWriter(content))
        {
            WriteObject(section, key, shape, json);
        }

        return content.ToArray();
    }

    private void WriteObject(ConfigurationNode? section, string path, SettingsShape shape, Utf8JsonWriter json)
    {
        if (section is not null)
        {
            ReportUnknownKeys(section, path + ":", shape.Names, key => shape.Find(key)?.Type.Kind);
        }

        json.WriteStartObject();
        foreach (Setting setting in shape.Settings)
        {
            json.WritePropertyName(setting.Name);
            if (section?.Find(setting.Name) is { } value)
            {
                WriteValue(value, $"{path}:{setting.Name}", setting, json);
            }
            else
            {
                JsonSerializer.Serialize(json, setting.Default, setting.Type);
            }
        }

        json.WriteEndObject();
    }

    /// <summary>Writes a value or, when it is wrong, reports it and writes the default.</summary>
    private void WriteValue(ConfigurationNode node, string path, Setting setting, Utf8JsonWriter json)
    {
        JsonTypeInfo type = setting.Type;
        if (node.Kind == NodeKind.Unset)
        {
            WriteUnset(node, path, setting, json);
            return;
        }

        if (node.Kind == NodeKind.Null || (setting.IsNullable && (node.Kind == NodeKind.Empty || (node.Kind == NodeKind.EmptyOrList && type.Kind != JsonTypeInfoKind.Enumerable))))
        {
            if (setting.IsNullable)
            {
                json.WriteNullValue();
                return;
            }

            Refuse(node, path, setting, "null is not a value here; leave it out for the default", json);
            return;
        }

        bool isEmpty = node.Kind is NodeKind.Empty or NodeKind.EmptyOrList;
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object when node.Kind == NodeKind.Section:
                WriteObject(node, path, ShapeOf(type.Type), json);
                break;
            case JsonTypeInfoKind.Dictionary when node.Kind == NodeKind.Section || isEmpty:
                WriteDictionary(node, path, ElementOf(type), json);
                break;
            case JsonTypeInfoKind.Enumerable when node.HasChildren || isEmpty:
                WriteList(node, path, setting, json);
                break;
            case JsonTypeInfoKind.None when !node.HasChildren:
                if (ScalarText.Write(node.Text, type.Type, json) is { } problem)
                {
                    Refuse(node, path, setting, problem, json);
                }

                break;
            default:
                Refuse(node, path, setting, $"expected {Describe(type.Kind)}, got {Describe(node)}", json);
                break;
        }
    }

    /// <summary>The one who wrote it meant null or nothing inside: the default, where that is not the same for both it is refused.</summary>
    private void WriteUnset(ConfigurationNode node, string path, Setting setting, Utf8JsonWriter json)
    {
        if (setting.Type.Kind == JsonTypeInfoKind.None && !setting.IsNullable)
        {
            Refuse(node, path, setting, "null is not a value here; leave it out for the default", json);
        }
        else if (setting.Type.Kind == JsonTypeInfoKind.Object && setting.IsNullable)
        {
            Refuse(node, path, setting, "null and {} cannot be told apart here; leave it out, or write one of its keys", json);
        }
        else if (setting.IsNullable)
        {
            json.WriteNullValue();
        }
        else
        {
            JsonSerializer.Serialize(json, setting.Default, setting.Type);
        }
    }

    private void WriteDictionary(ConfigurationNode node, string path, Setting element, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach ((string key, ConfigurationNode child) in node.Children)
        {
            json.WritePropertyName(key);
            WriteValue(child, $"{path}:{key}", element, json);
        }

        json.WriteEndObject();
    }

    private void WriteList(ConfigurationNode node, string path, Setting setting, Utf8JsonWriter json)
    {
        var elements = new List<(int Index, ConfigurationNode Node)>(node.Children.Count);
        foreach ((string key, ConfigurationNode child) in node.Children)
        {
            if (int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                && index.ToString(CultureInfo.InvariantCulture) == key)
            {
                elements.Add((index, child));
            }
            else if (node.Kind == NodeKind.Section && !node.IsImplied)
            {
                Refuse(node, path, setting, $"expected {Describe(JsonTypeInfoKind.Enumerable)}, got {Describe(node)}", json);
                return;
            }
            else
            {
                Report($"{path}:{key}", child.KeyOrigin, $"{ConfigurationProblem.Quote(key)} is not the index of an element; those are 0, 1, 2 …");
            }
        }

        elements.Sort(static (a, b) => a.Index.CompareTo(b.Index));
        Setting element = ElementOf(setting.Type);
        json.WriteStartArray();
        for (int i = 0; i < elements.Count; i++)
        {
            (int index, ConfigurationNode child) = elements[i];
            if (index != i && isWhole)
            {
                // Closing the gap would let errors further down name the wrong elements; and how many there are is now unknown.
                _badKeys.Add(path);
                Report($"{path}:{index}", child.KeyOrigin, $"there is no element {i} before it; the next index is {i}");
                break;
            }

            WriteValue(child, $"{path}:{index}", element, json);
        }

        json.WriteEndArray();
    }

    private void ReportUnknownKeys(
        ConfigurationNode section, string prefix, IReadOnlyCollection<string> known, Func<string, JsonTypeInfoKind?> kindOf)
    {
        foreach ((string key, ConfigurationNode child) in section.Children.Where(child => kindOf(child.Key) is null).ToList())
        {
            string? meant = ScalarText.IsComparable(key) ? Suggestion.Nearest(key, known) : null;
            string help = meant is null ? $"; known here are {string.Join(", ", known)}" : $"; did you mean '{meant}'?";
            foreach (ValueOrigin origin in child.KeyOrigins)
            {
                Report(prefix + key, origin, $"unknown key{help}");
            }

            // Read on as what was meant, so that errors inside it are seen, and none is made up because it seems to be missing.
            if (meant is not null && kindOf(meant) == JsonTypeInfoKind.None != child.HasChildren)
            {
                section.Move(key, meant);
            }
        }
    }

    private void Refuse(ConfigurationNode node, string path, Setting setting, string problem, Utf8JsonWriter json)
    {
        Report(path, node.Origin, problem);
        JsonSerializer.Serialize(json, setting.Default, setting.Type);
    }

    private void Report(string key, ValueOrigin origin, string problem)
    {
        _badKeys.Add(key);
        problems.Add(ConfigurationProblem.At(origin, new OptionError(key, problem)));
    }

    private SettingsShape ShapeOf(Type record)
    {
        if (!_shapes.TryGetValue(record, out SettingsShape? shape))
        {
            _shapes[record] = shape = new SettingsShape(types, record);
        }

        return shape;
    }

    /// <summary>An element of a list or a dictionary: never null, and a wrong one is replaced so that the others keep their places.</summary>
    private Setting ElementOf(JsonTypeInfo collection)
    {
        JsonTypeInfo type = types.Json.GetTypeInfo(collection.ElementType!);
        object placeholder = type.Kind == JsonTypeInfoKind.Object ? types.Defaults[type.Type]
            : type.Type.IsEnum ? Enum.ToObject(type.Type, 0)
            : type.Type == typeof(int) ? 0
            : "";
        return new Setting("", type, IsNullable: false, placeholder);
    }

    private static string Describe(JsonTypeInfoKind kind) => kind switch
    {
        JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "an object, { … }",
        JsonTypeInfoKind.Enumerable => "a list, [ … ]",
        _ => "a single value",
    };

    private static string Describe(ConfigurationNode node) => node.Kind switch
    {
        NodeKind.Section => "an object",
        NodeKind.List => "a list",
        NodeKind.Null or NodeKind.Unset => "null",
        NodeKind.Empty or NodeKind.EmptyOrList => "nothing",
        _ => ConfigurationProblem.Quote(node.Text),
    };
}
