using Gateway.Core.Errors;
using Microsoft.Extensions.Configuration;

namespace Gateway.Core.Configuration;

/// <summary>
/// Binds a section of .NET configuration, whoever provides it, as the binary binds its files. Where a value was written is told as far as .NET
/// configuration knows: the provider.
/// </summary>
internal static class SectionReader
{
    /// <summary>Keys of the binary's own in the section <c>Gateway</c>. A test holds that they are those of its records.</summary>
    internal static readonly string[] BinaryKeys =
        ["Admin", "MaxConnections", "ProxyProtocol", "ReusePort", "ReloadInterval", "Kubernetes", "Audit", "Telemetry", "Tests"];

    /// <summary>The options that a section holds.</summary>
    /// <param name="configuration">The section; or a whole configuration, of which the section <c>Gateway</c> is taken.</param>
    /// <param name="whole">Whose providers are asked who wrote a value; null when nobody can be asked.</param>
    /// <param name="extensions">What the application adds, and the options may name.</param>
    /// <exception cref="GatewayOptionsException">It cannot be used.</exception>
    public static GatewayOptions Bind(IConfiguration configuration, IConfigurationRoot? whole, GatewayExtensions? extensions)
    {
        IConfigurationSection section = SectionOf(configuration);
        IConfigurationProvider[] providers = [.. (configuration as IConfigurationRoot ?? whole)?.Providers ?? []];
        var problems = new List<ConfigurationProblem>();
        ConfigurationNode root = ConfigurationNode.Root();
        if (section.GetChildren().Any())
        {
            root.Add(SettingsBinder.GatewayKey, Read(section, SettingsBinder.GatewayKey, providers, 1, problems));
        }
        else
        {
            problems.Add(ConfigurationProblem.At(default, new OptionError(SettingsBinder.GatewayKey,
                string.IsNullOrEmpty(section.Value) ? "there is no such section, or it is empty" : $"expected a section, got {ConfigurationProblem.Quote(section.Value)}")));
        }

        if (root.Find(SettingsBinder.GatewayKey) is { } gateway)
        {
            gateway.Remove("$schema");
            RefuseBinaryKeys(gateway, problems);
        }

        var binder = new SettingsBinder(root, OptionsJson.Types, isWhole: true, problems);
        GatewayOptions options = OptionsJson.Read(binder.Read(SettingsBinder.GatewayKey, typeof(GatewayOptions)));
        if (root.Children.Count > 0)
        {
            problems.AddRange(options.Validate(extensions).Where(error => !binder.FollowsFromReported(error.Key))
                .Select(error => ConfigurationProblem.At(root.NearestOrigin(error.Key), error)));
        }

        return problems.Count == 0 ? options
            : throw new GatewayOptionsException([.. problems.Select(problem => Told(problem, section.Path))]);
    }

    /// <summary>The section itself, or that of a whole configuration.</summary>
    public static IConfigurationSection SectionOf(IConfiguration configuration) =>
        configuration as IConfigurationSection ?? configuration.GetSection(SettingsBinder.GatewayKey);

    private static void RefuseBinaryKeys(ConfigurationNode gateway, List<ConfigurationProblem> problems)
    {
        foreach (string key in BinaryKeys)
        {
            if (gateway.Find(key) is { } node && gateway.Remove(key))
            {
                problems.Add(ConfigurationProblem.At(node.KeyOrigin, new OptionError($"{SettingsBinder.GatewayKey}:{key}",
                    "only the gateway's own binary has this key, not an application that embeds the gateway; leave it out")));
            }
        }
    }

    private static ConfigurationNode Read(
        IConfigurationSection section, string path, IConfigurationProvider[] providers, int depth, List<ConfigurationProblem> problems)
    {
        ValueOrigin origin = OriginOf(section.Path, providers);
        var children = section.GetChildren().ToList();
        if (children.Count == 0)
        {
            NodeKind kind = section.Value is null ? NodeKind.Unset : section.Value.Length == 0 ? NodeKind.EmptyOrList : NodeKind.Text;
            return new ConfigurationNode(kind, section.Value ?? "", origin, origin, depth);
        }

        if (!string.IsNullOrEmpty(section.Value))
        {
            problems.Add(ConfigurationProblem.At(origin, new OptionError(path,
                $"has both a value, {ConfigurationProblem.Quote(section.Value)}, and keys of its own")));
        }

        ConfigurationNode node = ConfigurationNode.Implied(origin, depth);
        if (depth >= ConfigurationNode.MaxDepth)
        {
            problems.Add(ConfigurationProblem.At(origin, new OptionError(path, $"nests deeper than {ConfigurationNode.MaxDepth}")));
            return node;
        }

        foreach (IConfigurationSection child in children)
        {
            node.Add(child.Key, Read(child, $"{path}:{child.Key}", providers, depth + 1, problems));
        }

        return node;
    }

    /// <summary>The provider that has the value, or a key below it: of several the last, which overrides.</summary>
    private static ValueOrigin OriginOf(string path, IConfigurationProvider[] providers)
    {
        for (int i = providers.Length - 1; i >= 0; i--)
        {
            if (providers[i].TryGet(path, out _) || providers[i].GetChildKeys([], path).Any())
            {
                return new ValueOrigin(i, providers[i].ToString() ?? "");
            }
        }

        return default;
    }

    /// <summary>Under the section's own name, with who wrote it.</summary>
    private static OptionError Told(ConfigurationProblem problem, string path)
    {
        OptionError error = problem.Error!;
        string key = path + error.Key[SettingsBinder.GatewayKey.Length..];
        string origin = problem.Origin.ToString();
        return new OptionError(key, origin.Length == 0 ? error.Message : $"{error.Message} ({origin})");
    }
}
