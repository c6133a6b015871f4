extern alias Manifests;
using System.Text.Json;
using Gateway.Tests.House;
using Gateway.Tests.Kit;
using Manifests::k8s.Models;

namespace Gateway.Tests.Manifests;

public sealed class DashboardTests : IDisposable
{
    private const int GridColumns = 24;

    private readonly Promtool _promtool = new();

    public void Dispose() => _promtool.Dispose();

    [FactNeeds("promtool")]
    public async Task Prometheus_TakesEveryExpression()
    {
        List<AlertRule> rules = [.. Dashboard.Expressions.Select(static (one, i) => new AlertRule { Record = $"panel:{i}", Expr = one.Expression })];
        await _promtool.WriteAsync(new RuleGroups { Groups = [new RuleGroup { Name = "dashboard", Rules = rules }] });

        (int code, string says) = await _promtool.RunAsync("check", Promtool.RuleFile);

        code.Should().Be(0, "promtool says {0}", says);
        says.Should().Contain($"{rules.Count} rules found");
    }

    [Fact]
    public void Panels_StandBesideEachOtherWithATitleAndANumberOfTheirOwn()
    {
        Dashboard.Panels.Select(static panel => panel.GetProperty("id").GetInt32()).Should().OnlyHaveUniqueItems();
        Dashboard.Panels.Select(static panel => panel.GetProperty("title").GetString()).Should().OnlyHaveUniqueItems();
        IEnumerable<(int X, int Y)> cells = Dashboard.Panels.Select(static panel => panel.GetProperty("gridPos")).SelectMany(static at =>
            from x in Enumerable.Range(at.GetProperty("x").GetInt32(), at.GetProperty("w").GetInt32())
            from y in Enumerable.Range(at.GetProperty("y").GetInt32(), at.GetProperty("h").GetInt32())
            select (x, y));
        cells.Should().OnlyHaveUniqueItems().And.OnlyContain(static cell => cell.X < GridColumns);
    }

    [Fact]
    public void LatencyPanel_DrawsTheSpecsTargets()
    {
        JsonElement panel = Dashboard.Panels.Single(static panel => panel.GetProperty("title").GetString()!.StartsWith("Latency", StringComparison.Ordinal));
        panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("thresholds").GetProperty("steps").EnumerateArray()
            .Select(static step => step.GetProperty("value")).Where(static value => value.ValueKind == JsonValueKind.Number).Select(static value => value.GetDouble())
            .Should().Equal(0.01, 0.05, 0.1);
    }

    [FactNeeds("kubectl")]
    public async Task ConfigMap_HoldsTheFileAndGrafanasLabel()
    {
        ManifestSet set = await ManifestSet.RenderAsync("k8s/overlays/production");
        V1ConfigMap map = set.Of<V1ConfigMap>().Single(static map => map.Metadata.Name == "api-gateway-dashboard");
        map.Data["dashboard.json"].Should().Be(Repository.Read(Dashboard.File));
        map.Metadata.Labels.Should().Contain("grafana_dashboard", "1");
    }
}
