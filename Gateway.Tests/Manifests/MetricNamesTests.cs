using System.Net;
using System.Text.RegularExpressions;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Manifests;

/// <summary>What alerts and panels ask for is there: in the scrape of a gateway to which everything has happened that is counted.</summary>
public sealed partial class MetricNamesTests : IAsyncLifetime
{
    /// <summary>Not the gateway's: Prometheus' own, and the kubelet's (cAdvisor).</summary>
    private static readonly string[] Foreign =
    [
        "up",
        "container_cpu_cfs_throttled_periods_total", "container_cpu_cfs_periods_total",
        "container_memory_working_set_bytes", "container_spec_memory_limit_bytes",
    ];

    private TestInstance _service = null!;
    private TestAuthService _auth = null!;
    private FakeKubernetes _kubernetes = null!;
    private TestGateway _gateway = null!;

    private static IEnumerable<string> Asked =>
        Promtool.Rules.Rules.Select(static rule => rule.Expr).Concat(Dashboard.Expressions.Select(static one => one.Expression)).SelectMany(PromExpression.Metrics).Distinct();

    public async Task InitializeAsync()
    {
        _service = await TestInstance.StartEchoAsync();
        _auth = await TestAuthService.StartAsync();
        _kubernetes = await FakeKubernetes.StartAsync();
        GatewayOptions options = TestOptions.For(_service.Url);
        GatewayOptions all = options with
        {
            Services = new Dictionary<string, ServiceOptions>(options.Services)
            {
                ["shadow"] = options.Services["svc"],
                ["broken"] = new() { Instances = [new InstanceOptions { Url = "http://127.0.0.1:1" }, new InstanceOptions { Url = "http://127.0.0.1:2" }] },
                ["found"] = new() { Discovery = new DiscoveryOptions { Kind = DiscoveryKind.Kubernetes, Service = Slices.Service } },
            },
            Routes = new Dictionary<string, GatewayRouteOptions>
            {
                ["users"] = TestOptions.AnyPath with
                {
                    Pattern = "/users/{**rest}",
                    Auth = RouteAuth.Required,
                    RateLimits = ["few"],
                    Mirror = new MirrorOptions { Service = "shadow" },
                },
                ["broken"] = TestOptions.AnyPath with { Pattern = "/broken/{**rest}", Service = "broken" },
            },
            RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["few"] = new() { Key = RateLimitKeyKind.Ip, Capacity = 5, RefillPerSecond = 1 } },
            Auth = new AuthOptions { ServiceUrl = _auth.Url },
        };
        _gateway = await TestGateway.StartInClusterAsync(all, _kubernetes.Options);
        await _gateway.GetAsync("/users/1", ("Authorization", "Bearer alice")).ShouldBeOkAsync();
        (await _gateway.GetAsync("/broken/1").ShouldBeRefusedAsync(HttpStatusCode.BadGateway, "connect_failed")).Dispose();
        _gateway.Server.Reloads.Succeeded();
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _kubernetes.DisposeAsync();
        await _auth.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task EveryMetricOfAlertsAndPanels_IsInAScrape()
    {
        List<string> recorded = [.. Promtool.Rules.Rules.Select(static rule => rule.Record).OfType<string>()];

        IEnumerable<string> missing = await Eventually.BecomesAsync(async () => Asked.Except(recorded).Except(Foreign).Except(await NamesAsync()), static names => !names.Any());

        missing.Should().BeEmpty();
        Asked.Should().Contain(Foreign, "what nobody asks for need not be known").And.Contain(recorded);
    }

    [FactNeeds("promtool")]
    public async Task Scrape_IsOneThatPrometheusFindsNoFaultIn()
    {
        using var promtool = new Promtool();
        (await promtool.CheckMetricsAsync(await _gateway.ScrapeAsync())).Should().Be((0, ""));
    }

    [Fact]
    public async Task LatencyTargets_AreBoundsOfBuckets()
    {
        string scrape = await _gateway.ScrapeAsync();
        scrape.Should().MatchRegex("gateway_request_duration_seconds_bucket\\{[^}]*le=\"0.01\"").And
            .MatchRegex("gateway_request_duration_seconds_bucket\\{[^}]*le=\"0.05\"").And.MatchRegex("gateway_request_duration_seconds_bucket\\{[^}]*le=\"0.1\"");
    }

    private async Task<IEnumerable<string>> NamesAsync() =>
        Series().Matches(await _gateway.ScrapeAsync()).Select(static series => series.Groups["name"].Value).Distinct();

    [GeneratedRegex(@"^(?<name>[A-Za-z_:][\w:]*)[{ ]", RegexOptions.Multiline)]
    private static partial Regex Series();
}
