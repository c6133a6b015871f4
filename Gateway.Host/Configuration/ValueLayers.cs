using System.Collections;
using Gateway.Core.Configuration;

namespace Gateway.Host.Configuration;

/// <summary>The layers above the files: environment variables, then <c>--set</c>.</summary>
internal static class ValueLayers
{
    private static readonly string[] Prefixes = ["Gateway__", "Kestrel__"];

    /// <summary>The variables of this process.</summary>
    public static Dictionary<string, string> ProcessEnvironment()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return variables;
    }

    /// <summary>The tree of the variables that begin with <c>Gateway__</c> or <c>Kestrel__</c>; null when there are none.</summary>
    public static ConfigurationNode? FromEnvironment(
        IReadOnlyDictionary<string, string> environment, int layer, List<ConfigurationProblem> problems)
    {
        ConfigurationNode? root = null;
        foreach ((string name, string value) in environment.OrderBy(static variable => variable.Key, StringComparer.Ordinal))
        {
            if (Array.Exists(Prefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            {
                root ??= ConfigurationNode.Root();
                Add(root, name.Replace("__", ":", StringComparison.Ordinal), value, new ValueOrigin(layer, $"environment variable {name}"), problems);
            }
        }

        return root;
    }

    /// <summary>The tree of one <c>--set</c>; each is a layer of its own, so that the last of two wins.</summary>
    public static ConfigurationNode FromSet(SetOption set, int layer, List<ConfigurationProblem> problems)
    {
        ConfigurationNode root = ConfigurationNode.Root();
        Add(root, set.Key, set.Value, new ValueOrigin(layer, $"--set {set.Key}"), problems);
        return root;
    }

    private static void Add(ConfigurationNode root, string key, string value, ValueOrigin at, List<ConfigurationProblem> problems)
    {
        ConfigurationNode? section = root.Open(key, at, out string name, out string? problem);
        if (section?.Find(name) is { } existing)
        {
            problem = ConfigurationNode.Twice(name, existing);
        }

        if (problem is not null)
        {
            problems.Add(new ConfigurationProblem(at, problem));
            return;
        }

        NodeKind kind = value.Length == 0 ? NodeKind.Empty : NodeKind.Text;
        section!.Add(name, new ConfigurationNode(kind, value, at, at, section.ChildDepth));
    }
}
