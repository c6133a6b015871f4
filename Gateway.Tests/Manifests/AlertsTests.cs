using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Core.Errors;
using Gateway.Tests.House;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Manifests;

/// <summary>The alerts: each is one that Prometheus takes, fires when it should and not before, and says what to do.</summary>
public sealed class AlertsTests : IDisposable
{
    private const string Folder = "Gateway.Tests/Manifests/Alerts/";

    private readonly Promtool _promtool = new();

    public static TheoryData<string> Files => [.. TestFiles];

    public static TheoryData<string> Alerts => [.. Promtool.Rules.Alerts.Select(static alert => alert.Alert!)];

    private static IEnumerable<string> TestFiles => Repository.Files.Where(static file => file.StartsWith(Folder, StringComparison.Ordinal));

    public void Dispose() => _promtool.Dispose();

    [FactNeeds("promtool")]
    public async Task Prometheus_TakesTheRules()
    {
        await _promtool.WriteAsync(Promtool.Rules.Spec);

        (int code, string says) = await _promtool.RunAsync("check", Promtool.RuleFile);

        code.Should().Be(0, "promtool says {0}", says);
        says.Should().Contain($"{Promtool.Rules.Rules.Count()} rules found");
    }

    [TheoryNeeds("promtool")]
    [MemberData(nameof(Files))]
    public async Task Alerts_FireWhenTheyShould(string file)
    {
        await _promtool.WriteAsync(Promtool.Rules.Spec);
        await _promtool.WriteAsync("test.yaml", Repository.Read(file));

        (int code, string says) = await _promtool.RunAsync("test", "test.yaml");

        code.Should().Be(0, "promtool says {0}", says);
    }

    [Theory]
    [MemberData(nameof(Alerts))]
    public void Alert_IsTestedFiringAndSilent(string name)
    {
        List<AlertTest> tests = [.. TestFiles.SelectMany(static file => AlertTestFile.Parse(Repository.Read(file)).Tests)
            .SelectMany(static scene => scene.AlertRuleTest).Where(test => test.Alertname == name)];
        tests.Should().Contain(static test => test.ExpAlerts.Count > 0, "of {0}", name).And.Contain(static test => test.ExpAlerts.Count == 0, "of {0}", name);
    }

    [Theory]
    [MemberData(nameof(Alerts))]
    public void Alert_SaysHowBadItIsAndWhatToDo(string name)
    {
        AlertRule alert = Promtool.Rules.Alerts.Single(alert => alert.Alert == name);
        alert.For.Should().NotBeNull();
        alert.Labels!["severity"].Should().BeOneOf("critical", "warning");
        alert.Annotations!.Should().ContainKeys("summary", "description");
        string[] runbook = alert.Annotations!["runbook"].Split('#');
        Regex.Matches(Repository.Read(runbook[0]), "(?m)^#+ (.+)$").Select(static heading => heading.Groups[1].Value.ToLowerInvariant().Replace(' ', '-'))
            .Should().Contain(runbook[1]);
    }

    [Theory]
    [InlineData("P50", 0.01)]
    [InlineData("P95", 0.05)]
    [InlineData("P99", 0.1)]
    public void LatencyTarget_IsTheSpecs(string quantile, double seconds)
    {
        Promtool.Rules.Alerts.Single(alert => alert.Alert == $"GatewayLatency{quantile}TooHigh").Expr
            .Should().StartWith($"gateway:request_duration_seconds:{quantile.ToLowerInvariant()} > {seconds.ToString(CultureInfo.InvariantCulture)} ");
        string recorded = Promtool.Rules.Rules.Single(rule => rule.Record == $"gateway:request_duration_seconds:{quantile.ToLowerInvariant()}").Expr;
        recorded.Should().Contain($"histogram_quantile(0.{quantile[1..].TrimEnd('0')}, ");
    }

    [Fact]
    public void Reasons_AreOfTheTable()
    {
        IEnumerable<string> named = Promtool.Rules.Rules.SelectMany(static rule => Regex.Matches(rule.Expr, "gateway_errors_total\\{[^}]*reason=\"(?<reason>[^\"]*)\""))
            .Select(static match => match.Groups["reason"].Value);
        named.Should().NotBeEmpty().And.BeSubsetOf(Enum.GetValues<GatewayError>().Select(static error => error.Row().Reason));
    }
}
