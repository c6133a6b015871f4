using Gateway.Core;
using Gateway.Core.Configuration;
using Gateway.Core.Errors;
using Gateway.Core.RateLimiting;
using Gateway.Host.Auditing;
using Gateway.Host.Redis;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Host.Configuration;

/// <summary>What a configuration is loaded from, lowest layer first.</summary>
/// <param name="Files">As given with <c>--config</c>; none: appsettings.json, then appsettings.{environment}.json, of those that exist.</param>
/// <param name="Environment">Variables; those that begin with <c>Gateway__</c> or <c>Kestrel__</c> count.</param>
/// <param name="Sets">As given with <c>--set</c>.</param>
internal sealed record ConfigurationInputs(
    IReadOnlyList<string> Files, IReadOnlyDictionary<string, string> Environment, IReadOnlyList<SetOption> Sets)
{
    /// <summary>What relative files start from, those named in the configuration included. Default the working directory.</summary>
    public string Directory { get; init; } = System.IO.Directory.GetCurrentDirectory();
}

/// <summary>What became of loading.</summary>
/// <param name="Name">The files as the user named them.</param>
/// <param name="Configuration">Null when there are problems.</param>
/// <param name="Problems">All that is wrong, in the order of layers, lines and columns.</param>
/// <param name="Findings">What the audit found and the configuration does not ignore, in the same order; none while the options themselves have
/// problems.</param>
internal sealed record LoadedConfiguration(
    string Name,
    HostConfiguration? Configuration,
    IReadOnlyList<ConfigurationProblem> Problems,
    IReadOnlyList<PlacedFinding> Findings);

/// <summary>
/// Loads a configuration: reads the layers, lays them over each other, binds them to the options records, checks these and runs
/// the configuration's own tests. Every problem is reported at once. Never throws because of what a file holds.
/// </summary>
internal static class ConfigurationLoader
{
    /// <summary>Where the gateway listens when <c>Kestrel:Endpoints</c> names nothing.</summary>
    public const string DefaultUrl = "http://*:8000";

    private const string DefaultEndpoint = "Default";

    public static LoadedConfiguration Load(ConfigurationInputs inputs)
    {
        var problems = new List<ConfigurationProblem>();
        var findings = new List<PlacedFinding>();
        IReadOnlyList<string> files = inputs.Files.Count > 0 ? inputs.Files
            : [.. DefaultFiles(inputs).Where(name => File.Exists(Path.Combine(inputs.Directory, name)))];
        ConfigurationNode root = ConfigurationNode.Root();
        bool isWhole = ReadFiles(files, inputs.Directory, root, problems);
        bool hasValues = LayValues(inputs, files.Count, root, problems);
        HostConfiguration? configuration = null;
        if (files.Count == 0 && !hasValues)
        {
            problems.Add(new ConfigurationProblem(default,
                "there is no configuration; give one with --config FILE, or start where there is an appsettings.json"));
        }
        else
        {
            configuration = Build(root, inputs.Directory, isWhole, problems, findings);
        }

        configuration = configuration is null ? null
            : configuration with { IsDevelopment = EnvironmentOf(inputs).Equals("Development", StringComparison.OrdinalIgnoreCase) };
        string name = files.Count == 0 ? "configuration" : string.Join(", ", files);
        return new LoadedConfiguration(name, problems.Count == 0 ? configuration : null, Sort(problems),
            [.. findings.OrderBy(static finding => finding.Origin)]);
    }

    /// <summary>The files that a configuration is loaded from, if they exist.</summary>
    public static IReadOnlyList<string> PossibleFiles(ConfigurationInputs inputs) => inputs.Files.Count > 0 ? inputs.Files : DefaultFiles(inputs);

    private static string[] DefaultFiles(ConfigurationInputs inputs) => ["appsettings.json", $"appsettings.{EnvironmentOf(inputs)}.json"];

    /// <summary>In the order of .NET's host: DOTNET_ wins, and without either the environment is Production.</summary>
    private static string EnvironmentOf(ConfigurationInputs inputs) =>
        inputs.Environment.GetValueOrDefault("DOTNET_ENVIRONMENT") ?? inputs.Environment.GetValueOrDefault("ASPNETCORE_ENVIRONMENT") ?? "Production";

    /// <summary>False when a file could not be read: then what seems to be missing may stand in it.</summary>
    private static bool ReadFiles(IReadOnlyList<string> files, string directory, ConfigurationNode root, List<ConfigurationProblem> problems)
    {
        bool isWhole = true;
        for (int layer = 0; layer < files.Count; layer++)
        {
            if (ConfigurationFile.Read(files[layer], Path.Combine(directory, files[layer]), layer, problems) is { } file)
            {
                root.Merge(file);
            }
            else
            {
                isWhole = false;
            }
        }

        return isWhole;
    }

    /// <summary>False when there is neither a variable nor a <c>--set</c>.</summary>
    private static bool LayValues(ConfigurationInputs inputs, int firstLayer, ConfigurationNode root, List<ConfigurationProblem> problems)
    {
        ConfigurationNode? environment = ValueLayers.FromEnvironment(inputs.Environment, firstLayer, problems);
        if (environment is not null)
        {
            root.Merge(environment);
        }

        for (int i = 0; i < inputs.Sets.Count; i++)
        {
            root.Merge(ValueLayers.FromSet(inputs.Sets[i], firstLayer + 1 + i, problems));
        }

        return environment is not null || inputs.Sets.Count > 0;
    }

    private static HostConfiguration? Build(ConfigurationNode root, string directory, bool isWhole,
        List<ConfigurationProblem> problems, List<PlacedFinding> findings)
    {
        var binder = new SettingsBinder(root, ConfigurationJson.Types, isWhole, problems);
        BoundSettings bound = BoundSettings.Of(binder);
        if (!isWhole)
        {
            return null;
        }

        foreach (OptionError error in Validate(bound, directory).Where(error => !binder.FollowsFromReported(error.Key)))
        {
            problems.Add(At(root, error));
        }

        // Tests and findings speak of the whole, which is only known once its parts are right.
        if (problems.Count > 0)
        {
            return null;
        }

        problems.AddRange(ConfigurationTests.Run(bound.Gateway, bound.Host.Tests).Select(failure => At(root, failure)));
        findings.AddRange(ConfigurationAudit.Of(bound).Select(finding => new PlacedFinding(finding.Kind, root.NearestOrigin(finding.Key), $"{finding.Key}: {finding.Message}")));
        AdminOptions admin = bound.Host.Admin;
        admin = admin.TokenFile is null ? admin : admin with { TokenFile = Path.Combine(directory, admin.TokenFile) };
        return new HostConfiguration(SharedTokenFile.Resolve(bound.Gateway, directory), admin, bound.Host.Tests, KestrelSection(root, bound.Kestrel))
        {
            MaxConnections = bound.Host.MaxConnections,
            ProxyProtocol = bound.Host.ProxyProtocol,
            ReusePort = bound.Host.ReusePort,
            ReloadInterval = bound.Host.ReloadInterval,
            Kubernetes = bound.Host.Kubernetes,
            Audit = bound.Host.Audit,
            Telemetry = bound.Host.Telemetry,
            Directory = directory,
            KestrelSettings = WithDefaultEndpoint(bound.Kestrel),
            OriginOf = root.NearestOrigin,
            WrittenAt = root.WrittenAt,
        };
    }

    internal static List<OptionError> Validate(BoundSettings bound, string directory)
    {
        var errors = new OptionErrors();
        if (bound.Host.MaxConnections is { } connections)
        {
            errors.Range($"{SettingsBinder.GatewayKey}:{nameof(HostOptions.MaxConnections)}", connections,
                HostOptions.MinConnections, HostOptions.MostConnections);
        }

        if (bound.Host.ReloadInterval != TimeSpan.Zero)
        {
            errors.Range($"{SettingsBinder.GatewayKey}:{nameof(HostOptions.ReloadInterval)}", bound.Host.ReloadInterval,
                HostOptions.MinReloadInterval, HostOptions.MaxReloadInterval);
        }

        if (bound.Gateway.RateLimitStore is { Kind: RateLimitStoreKind.Redis, Redis.Length: > 0 } store && RedisConnection.ProblemOf(store.Redis) is { } problem)
        {
            errors.Add($"{SettingsBinder.GatewayKey}:{nameof(GatewayOptions.RateLimitStore)}:{nameof(store.Redis)}", problem);
        }

        SharedTokenFile.Validate($"{SettingsBinder.GatewayKey}:{nameof(GatewayOptions.Auth)}:{nameof(bound.Gateway.Auth.Shared)}", bound.Gateway.Auth.Shared, directory, errors);
        bound.Host.Admin.Validate($"{SettingsBinder.GatewayKey}:{nameof(HostOptions.Admin)}", directory, errors);
        for (int i = 0; i < bound.Host.Tests.Count; i++)
        {
            bound.Host.Tests[i].Validate($"{SettingsBinder.GatewayKey}:{nameof(HostOptions.Tests)}:{i}", errors);
        }

        bound.Host.Audit.Validate($"{SettingsBinder.GatewayKey}:{nameof(HostOptions.Audit)}", errors);
        bound.Host.Kubernetes.Validate($"{SettingsBinder.GatewayKey}:{nameof(HostOptions.Kubernetes)}", errors);
        bound.Host.Telemetry.Validate($"{SettingsBinder.GatewayKey}:{nameof(HostOptions.Telemetry)}", errors);
        bound.Kestrel.Validate(BoundSettings.KestrelKey, directory, errors);
        if (bound.Host.ProxyProtocol == ProxyProtocolMode.Required)
        {
            ValidateProxyProtocol(bound, errors);
        }

        if (bound.Host.ReusePort)
        {
            ValidateReusePort(bound.Kestrel, OperatingSystem.IsLinux(), errors);
        }

        return [.. bound.Gateway.Validate(), .. errors.All];
    }

    private static void ValidateProxyProtocol(BoundSettings bound, OptionErrors errors)
    {
        const string Key = $"{SettingsBinder.GatewayKey}:{nameof(HostOptions.ProxyProtocol)}";
        if (bound.Gateway.TrustedProxies.Count == 0)
        {
            errors.Add(Key, $"only trusted proxies may send PROXY headers, so {SettingsBinder.GatewayKey}:{nameof(bound.Gateway.TrustedProxies)} must name them");
        }

        RefuseHttp3(bound.Kestrel, $"HTTP/3 has no PROXY header, which {Key} requires", errors);
    }

    internal static void ValidateReusePort(KestrelSettings kestrel, bool isLinux, OptionErrors errors)
    {
        const string Key = $"{SettingsBinder.GatewayKey}:{nameof(HostOptions.ReusePort)}";
        if (!isLinux)
        {
            errors.Add(Key, "only Linux lets two processes share a port; leave it out");
        }

        RefuseHttp3(kestrel, $"HTTP/3's port cannot be shared, as {Key} wants", errors);
    }

    private static void RefuseHttp3(KestrelSettings kestrel, string reason, OptionErrors errors)
    {
        string endpoints = $"{BoundSettings.KestrelKey}:{nameof(KestrelSettings.Endpoints)}";
        IEnumerable<(string At, HttpProtocols? Protocols)> all = kestrel.Endpoints
            .Select(endpoint => ($"{endpoints}:{endpoint.Key}", endpoint.Value.Protocols))
            .Append(($"{BoundSettings.KestrelKey}:{nameof(KestrelSettings.EndpointDefaults)}", kestrel.EndpointDefaults.Protocols));
        foreach ((string at, _) in all.Where(static endpoint => endpoint.Protocols is { } protocols && protocols.HasFlag(HttpProtocols.Http3)))
        {
            errors.Add($"{at}:{nameof(KestrelEndpoint.Protocols)}", $"{reason}; leave it out, or write Http1AndHttp2");
        }
    }

    private static ConfigurationProblem At(ConfigurationNode root, OptionError error) => ConfigurationProblem.At(root.NearestOrigin(error.Key), error);

    private static KestrelSettings WithDefaultEndpoint(KestrelSettings settings) => settings.Endpoints.Count > 0 ? settings
        : settings with { Endpoints = new Dictionary<string, KestrelEndpoint> { [DefaultEndpoint] = new() { Url = DefaultUrl } } };

    private static IConfigurationSection KestrelSection(ConfigurationNode root, KestrelSettings settings)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (root.Find(BoundSettings.KestrelKey) is { } section)
        {
            Flatten(section, BoundSettings.KestrelKey, values);
        }

        if (settings.Endpoints.Count == 0)
        {
            values[$"{BoundSettings.KestrelKey}:{nameof(KestrelSettings.Endpoints)}:{DefaultEndpoint}:{nameof(KestrelEndpoint.Url)}"] = DefaultUrl;
        }

        return new ConfigurationBuilder().AddInMemoryCollection(values).Build().GetSection(BoundSettings.KestrelKey);
    }

    private static void Flatten(ConfigurationNode node, string path, Dictionary<string, string?> values)
    {
        if (!node.HasChildren)
        {
            values[path] = node.Kind == NodeKind.Null ? null : node.Text;
        }

        foreach ((string key, ConfigurationNode child) in node.Children)
        {
            Flatten(child, $"{path}:{key}", values);
        }
    }

    private static List<ConfigurationProblem> Sort(IEnumerable<ConfigurationProblem> problems) =>
        [.. problems.OrderBy(static problem => problem.Origin)];
}
