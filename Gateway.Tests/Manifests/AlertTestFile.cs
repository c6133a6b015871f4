using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Gateway.Tests.Manifests;

/// <summary>What promtool takes as tests of alerts.</summary>
internal sealed class AlertTestFile
{
    public required IList<string> RuleFiles { get; set; }

    public required string EvaluationInterval { get; set; }

    public required IList<AlertScene> Tests { get; set; }

    public static AlertTestFile Parse(string yaml) => new DeserializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance).WithDuplicateKeyChecking().Build().Deserialize<AlertTestFile>(yaml);
}

/// <summary>Series, and the alerts that they raise or do not.</summary>
internal sealed class AlertScene
{
    public required string Name { get; set; }

    public required string Interval { get; set; }

    public required IList<IDictionary<string, string>> InputSeries { get; set; }

    public required IList<AlertTest> AlertRuleTest { get; set; }
}

internal sealed class AlertTest
{
    public required string EvalTime { get; set; }

    public required string Alertname { get; set; }

    /// <summary>Empty: it must not fire.</summary>
    public required IList<object> ExpAlerts { get; set; }
}
