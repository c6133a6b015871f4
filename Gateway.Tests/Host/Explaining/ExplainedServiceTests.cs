using Gateway.Host.Explaining;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Explaining;

public sealed class ExplainedServiceTests
{
    private const string Json = """
        { "Gateway": {
          "Services": {
            "one": { "Instances": [ { "Url": "http://10.0.0.1:80" } ], "Timeouts": { "Idle": "00:00:07" } },
            "two": { "Instances": [ { "Url": "http://10.0.0.2:80", "Weight": 3 }, { "Url": "http://10.0.0.3:80" }, { "Url": "http://10.0.0.4:80" },
              { "Url": "http://10.0.0.5:80" }, { "Url": "http://10.0.0.6:80" }, { "Url": "http://10.0.0.7:80" } ], "HealthCheck": { "Path": "/up" }, "Http2": true },
            "found": { "Discovery": { "Kind": "Kubernetes", "Service": "pods", "Port": "8080" } },
            "named": { "Discovery": { "Kind": "Dns", "Url": "http://pods.example:80" } } },
          "Routes": {
            "one": { "Pattern": "/one", "Service": "one", "Auth": "Anonymous", "Timeouts": { "Total": "00:00:03" } },
            "found": { "Pattern": "/found", "Service": "found", "Auth": "Anonymous" },
            "named": { "Pattern": "/named", "Service": "named", "Auth": "Anonymous", "Mirror": { "Service": "one", "Percent": 5 } },
            "split": { "Pattern": "/split", "Service": "one", "Auth": "Anonymous",
              "Split": { "Services": { "one": 3, "two": 1, "named": 0 }, "StickyBy": "Header", "Header": "X-Who", "OverrideHeader": "X-Canary" } } } } }
        """;

    [Fact]
    public void Timeouts_AreTheRoutesWhereItHasThem_AndElseTheServices() => Values("/one", "service one").Should().Contain([
        ("instances", "http://10.0.0.1:80", "gateway.json:3:38"),
        ("timeout, idle", "00:00:07", "gateway.json:3:86"),
        ("timeout, total", "00:00:03", "gateway.json:9:95"),
        ("timeout, first byte", "00:00:15", "default"),
        ("attempts", "1, since there is one instance", "default"),
        ("health check", "none", "default"),
        ("http/2", "false", "default"),
    ]);

    [Fact]
    public void Split_SaysSharesAndWhoDecides()
    {
        Values("/split", "service").Should().Contain([
            ("share of one", "3 of 4 (75 %)", "gateway.json:13:39"), ("share of two", "1 of 4 (25 %)", "gateway.json:13:49"), ("share of named", "0 of 4 (0 %)", "gateway.json:13:61"),
            ("sticky by", "Header", "gateway.json:13:78"), ("sticky header", "X-Who", "gateway.json:13:98"), ("override header", "X-Canary", "gateway.json:13:125"),
        ]);
        Topics("/split").Should().Contain(["service one", "service two"]).And.NotContain("service named");
    }

    [Fact]
    public void HeaderThatChooses_LeavesOneService()
    {
        Values("/split", "service", ("X-Canary", "named")).Should().Contain(("chosen by it", "named", "gateway.json:13:125"));
        Topics("/split", ("X-Canary", "named")).Should().Contain("service named").And.NotContain("service one");
        Topics("/split", ("X-Canary", "nobody")).Should().Contain("service one");
    }

    [Fact]
    public void ManyInstances_AreCounted() => Values("/split", "service two").Should().Contain(
        ("instances", "http://10.0.0.2:80 (weight 3), http://10.0.0.3:80, http://10.0.0.4:80, http://10.0.0.5:80, http://10.0.0.6:80 and 1 more", "gateway.json:4:38"))
        .And.Contain(("attempts", "2", "default")).And.Contain(("health check", "/up", "gateway.json:5:133"));

    [Fact]
    public void FoundInstances_SayByWhom()
    {
        Values("/found", "service found")[0].Should().Be(("instances", "found by Kubernetes: pods, port 8080", "gateway.json:6:39"));
        Values("/named", "service named")[0].Should().Be(("instances", "found by Dns: http://pods.example:80", "gateway.json:7:39"));
    }

    [Fact]
    public void Copies_AreTold() => Values("/named", "service").Should().Contain([("copies to", "one", "gateway.json:11:101"), ("copies, percent", "5", "gateway.json:11:119")]);

    private static string[] Topics(string url, params (string Name, string Value)[] headers) => [.. Settings(url, headers).Select(static setting => setting.Topic).Distinct()];

    private static (string Name, string Value, string Origin)[] Values(string url, string topic, params (string Name, string Value)[] headers) =>
        [.. Settings(url, headers).Where(setting => setting.Topic == topic).Select(static setting => (setting.Name, setting.Value, setting.Origin))];

    private static IReadOnlyList<ExplainedSetting> Settings(string url, (string Name, string Value)[] headers) =>
        new Explainer(ConfigurationFiles.Load(Json).Configuration!)
            .Explain(ExplainRequest.Parse("GET", url, headers.Select(static header => KeyValuePair.Create(header.Name, header.Value)), out _)!).Settings;
}
