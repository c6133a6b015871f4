using System.Text.Json;
using Gateway.Tests.House;

namespace Gateway.Tests.Manifests;

/// <summary>Grafana's dashboard.</summary>
internal static class Dashboard
{
    public const string File = "k8s/components/monitoring/dashboard.json";

    public static JsonElement Root { get; } = JsonElement.Parse(Repository.Read(File));

    public static IEnumerable<JsonElement> Panels => Root.GetProperty("panels").EnumerateArray();

    /// <summary>Every expression, with its panel's title.</summary>
    public static IEnumerable<(string Panel, string Expression)> Expressions => Panels.SelectMany(static panel => panel.GetProperty("targets").EnumerateArray()
        .Select(target => (panel.GetProperty("title").GetString()!, target.GetProperty("expr").GetString()!)));
}
