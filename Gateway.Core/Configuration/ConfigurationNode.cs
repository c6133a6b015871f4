using System.Collections.ObjectModel;

namespace Gateway.Core.Configuration;

internal enum NodeKind
{
    /// <summary>Keys with values.</summary>
    Section,

    /// <summary>A JSON array; its elements have their index as key.</summary>
    List,

    /// <summary>A JSON string, or a value from the environment or <c>--set</c>.</summary>
    Text,

    Number,

    Boolean,

    Null,

    /// <summary>Nothing after the equals sign of a variable or a <c>--set</c>.</summary>
    Empty,

    /// <summary>What .NET configuration keeps of <c>[]</c> and of an empty text, which it does not tell apart.</summary>
    EmptyOrList,

    /// <summary>What .NET configuration keeps of <c>null</c> and of <c>{}</c>, which it does not tell apart.</summary>
    Unset,
}

/// <summary>
/// A value of the configuration with where it was written. Keys are compared without case and keep the spelling of the first
/// layer that wrote them. Built by one thread while loading.
/// </summary>
internal sealed class ConfigurationNode
{
    /// <summary>Deepest nesting, whether written with braces or with colons; as <see cref="System.Text.Json.JsonReaderOptions.MaxDepth"/>'s default.</summary>
    public const int MaxDepth = 64;

    private readonly int _depth;
    private Dictionary<string, ConfigurationNode>? _children;
    private List<ValueOrigin>? _earlierKeys;
    private bool _isImplied;

    public ConfigurationNode(NodeKind kind, string text, ValueOrigin origin, ValueOrigin keyOrigin, int depth) =>
        (Kind, Text, Origin, KeyOrigin, _depth) = (kind, text, origin, keyOrigin, depth);

    public NodeKind Kind { get; private set; }

    /// <summary>What was written, without quotes; empty for sections and lists.</summary>
    public string Text { get; }

    /// <summary>Where the value stands.</summary>
    public ValueOrigin Origin { get; private set; }

    /// <summary>Where its key stands; that of an array's element is the element's own.</summary>
    public ValueOrigin KeyOrigin { get; }

    /// <summary>Where its key stands, in every layer that has it.</summary>
    public IEnumerable<ValueOrigin> KeyOrigins => _earlierKeys is null ? [KeyOrigin] : [.. _earlierKeys, KeyOrigin];

    public IReadOnlyDictionary<string, ConfigurationNode> Children => _children ?? (IReadOnlyDictionary<string, ConfigurationNode>)ReadOnlyDictionary<string, ConfigurationNode>.Empty;

    public bool HasChildren => Kind is NodeKind.Section or NodeKind.List;

    /// <summary>Whether only longer keys speak of this section (<c>"A:B": 1</c> implies A), so that it may still be written itself.</summary>
    public bool IsImplied => _isImplied;

    public int ChildDepth => _depth + 1;

    /// <summary>A section of which only longer keys speak.</summary>
    public static ConfigurationNode Implied(ValueOrigin origin, int depth) => new(NodeKind.Section, "", origin, origin, depth) { _isImplied = true };

    /// <summary>An empty tree for layers to be merged into.</summary>
    public static ConfigurationNode Root() => new(NodeKind.Section, "", default, default, 0) { _isImplied = true };

    public ConfigurationNode? Find(string key) => _children is not null && _children.TryGetValue(key, out ConfigurationNode? child) ? child : null;

    /// <summary>The node of a key with colons; null when no layer has it.</summary>
    public ConfigurationNode? FindPath(string path) => Descend(path, out ConfigurationNode nearest) ? nearest : null;

    /// <summary>Where a key's value stands or, when no layer has it, the value of its nearest ancestor.</summary>
    public ValueOrigin NearestOrigin(string path)
    {
        Descend(path, out ConfigurationNode nearest);
        return nearest.Origin;
    }

    /// <summary>Where a key's value stands, of a list the latest layer that has a part in it; null when no layer has the key.</summary>
    public ValueOrigin? WrittenAt(string path) => FindPath(path) is not { } node ? null
        : node.Children.Values.Select(static child => child.Origin).Where(origin => origin.Layer > node.Origin.Layer)
            .DefaultIfEmpty(node.Origin).MaxBy(static origin => origin.Layer);

    public void Add(string key, ConfigurationNode child) =>
        (_children ??= new Dictionary<string, ConfigurationNode>(StringComparer.OrdinalIgnoreCase)).Add(key, child);

    /// <summary>Takes a child out; false when there is none.</summary>
    public bool Remove(string key) => _children?.Remove(key) == true;

    /// <summary>Moves a child to the key that it was meant to have; a section joins one that stands there already.</summary>
    public void Move(string key, string newKey)
    {
        _children!.Remove(key, out ConfigurationNode? child);
        if (!_children.TryGetValue(newKey, out ConfigurationNode? existing))
        {
            _children.Add(newKey, child!);
        }
        else if (existing.MergesWith(child!))
        {
            existing.Merge(child!);
        }
    }

    /// <summary>Opens the sections that a key with colons goes through, as .NET configuration reads <c>"Gateway:Auth:Mode"</c>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="at">Where it stands.</param>
    /// <param name="name">Its last part: the key within the section that is returned.</param>
    /// <param name="problem">Why there is none.</param>
    public ConfigurationNode? Open(string key, ValueOrigin at, out string name, out string? problem)
    {
        (name, problem) = (key, null);
        ConfigurationNode section = this;
        for (int colon = name.IndexOf(':'); colon >= 0; colon = name.IndexOf(':'))
        {
            (string part, name) = (name[..colon], name[(colon + 1)..]);
            ConfigurationNode? next = section.Find(part);
            if (next is null)
            {
                if (section._depth >= MaxDepth - 1)
                {
                    problem = $"the key {ConfigurationProblem.Quote(key)} nests deeper than {MaxDepth}";
                    return null;
                }

                next = new ConfigurationNode(NodeKind.Section, "", at, at, section.ChildDepth) { _isImplied = true };
                section.Add(part, next);
            }
            else if (!next.HasChildren)
            {
                problem = Twice(part, next);
                return null;
            }

            section = next;
        }

        return section;
    }

    public static string Twice(string key, ConfigurationNode first) =>
        $"the key {ConfigurationProblem.Quote(key)} is given twice, first by {first.KeyOrigin}";

    /// <summary>This implied section is written out after all.</summary>
    public void WriteOut(NodeKind kind, ValueOrigin origin) => (Kind, Origin, _isImplied) = (kind, origin, false);

    /// <summary>
    /// Lays a later layer over this one: sections merge by key and lists by index, all else replaces. An empty list empties, and
    /// a list replaces a section.
    /// </summary>
    public void Merge(ConfigurationNode later)
    {
        if (_isImplied && !later._isImplied)
        {
            WriteOut(later.Kind, later.Origin);
        }

        foreach ((string key, ConfigurationNode child) in later.Children)
        {
            if (Find(key) is not { } existing)
            {
                Add(key, child);
            }
            else if (existing.MergesWith(child))
            {
                existing.Merge(child);
                (existing._earlierKeys ??= []).Add(child.KeyOrigin);
            }
            else
            {
                (child._earlierKeys ??= []).AddRange(existing.KeyOrigins);
                _children![key] = child;
            }
        }
    }

    private bool MergesWith(ConfigurationNode later)
    {
        if (!HasChildren || !later.HasChildren)
        {
            return false;
        }

        bool empties = later.Kind == NodeKind.List && later.Children.Count == 0;
        return !empties && (later.Kind == Kind || later.Kind == NodeKind.Section || _isImplied);
    }

    private bool Descend(string path, out ConfigurationNode nearest)
    {
        nearest = this;
        foreach (string part in path.Split(':'))
        {
            if (nearest.Find(part) is not { } child)
            {
                return false;
            }

            nearest = child;
        }

        return true;
    }
}
