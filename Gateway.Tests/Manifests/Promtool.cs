extern alias Manifests;
using Gateway.Tests.House;
using Gateway.Tests.Kit;
using Manifests::k8s;

namespace Gateway.Tests.Manifests;

/// <summary>Prometheus' own tool, and our rules as it takes them.</summary>
internal sealed class Promtool : IDisposable
{
    public const string RuleFile = "rules.yaml";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-promtool-");

    public static PrometheusRule Rules { get; } =
        ManifestSet.Parse(Repository.Read("k8s/components/monitoring/prometheusrule.yaml")).Of<PrometheusRule>().Single();

    /// <summary>Writes a rule file.</summary>
    public async Task WriteAsync(RuleGroups groups) => await WriteAsync(RuleFile, KubernetesYaml.Serialize(groups));

    public Task WriteAsync(string name, string content) => File.WriteAllTextAsync(Path.Combine(_folder.FullName, name), content);

    /// <summary>Runs it over a file that was written; what it says.</summary>
    public async Task<(int ExitCode, string Says)> RunAsync(string verb, string name)
    {
        (int code, string output, string errors) = await Programs.RunAsync("promtool", verb, "rules", Path.Combine(_folder.FullName, name));
        return (code, output + errors);
    }

    /// <summary>Has it anything to say about a scrape?</summary>
    public async Task<(int ExitCode, string Says)> CheckMetricsAsync(string scrape)
    {
        await WriteAsync("scrape", scrape);
        (int code, string output, string errors) = await Programs.RunAsync(
            "/bin/sh", "-c", "exec promtool check metrics <\"$0\"", Path.Combine(_folder.FullName, "scrape"));
        return (code, output + errors);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
