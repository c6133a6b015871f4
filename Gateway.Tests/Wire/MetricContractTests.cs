using System.Globalization;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Gateway.Tests.Manifests;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Wire;

/// <summary>The metrics that the contract names, in the scrape of a gateway to which all kinds of things have happened.</summary>
public sealed partial class MetricContractTests : IAsyncLifetime
{
    private static readonly (string Name, string Type, string Labels)[] Contract =
    [
        ("gateway_requests_total", "counter", "method route service status"),
        ("gateway_request_duration_seconds", "histogram", "route"),
        ("gateway_requests_active", "gauge", ""),
        ("gateway_errors_total", "counter", "reason service"),
        ("gateway_upstream_duration_seconds", "histogram", "service"),
        ("gateway_upstream_requests_active", "gauge", "instance service"),
        ("gateway_instance_healthy", "gauge", "instance service"),
        ("gateway_circuit_state", "gauge", "instance service"),
        ("gateway_retries_total", "counter", "outcome service"),
        ("gateway_rate_limit_decisions_total", "counter", "decision policy source"),
        ("gateway_auth_cache_total", "counter", "result"),
        ("gateway_access_log_dropped_total", "counter", ""),
        ("gateway_config_reloads_total", "counter", "result"),
        ("gateway_draining", "gauge", ""),
    ];

    private readonly TaskCompletionSource _probed = new(TaskCreationOptions.RunContinuationsAsynchronously), _released = new();
    private TestInstance _service = null!, _recovering = null!;
    private TestAuthService _auth = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _service = await TestInstance.StartAsync(AnswerAsync);
        _recovering = await TestInstance.StartAsync(FailOnceThenHangAsync);
        _auth = await TestAuthService.StartAsync();
        _gateway = await TestGateway.StartHereAsync(TestOptions.For(_service.Url) with
        {
            Services = new Dictionary<string, ServiceOptions>
            {
                ["svc"] = ServiceOf(_service.Url) with { CircuitBreaker = new() },
                ["twice"] = ServiceOf(ScriptedInstance.UnusedUrl(), _service.Url),
                ["open"] = ServiceOf(ScriptedInstance.UnusedUrl()),
                ["recovering"] = ServiceOf(_recovering.Url) with { CircuitBreaker = new() { FailureThreshold = 1, Timeout = CircuitBreakerOptions.MinTimeout } },
            },
            Routes = new Dictionary<string, GatewayRouteOptions>
            {
                ["svc"] = TestOptions.AnyPath with { Pattern = "/svc/{**rest}", Methods = ["GET", "POST"], Upgrades = ["websocket"] },
                ["users"] = TestOptions.AnyPath with { Pattern = "/users/{**rest}", Auth = RouteAuth.Required, RateLimits = ["few"] },
                ["twice"] = TestOptions.AnyPath with { Pattern = "/twice/{**rest}", Service = "twice" },
                ["open"] = TestOptions.AnyPath with { Pattern = "/open/{**rest}", Service = "open" },
                ["recovering"] = TestOptions.AnyPath with { Pattern = "/recovering/{**rest}", Service = "recovering" },
            },
            Auth = new AuthOptions { ServiceUrl = _auth.Url, SkipPaths = ["/nowhere"] },
            RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["few"] = new() { Key = RateLimitKeyKind.User, Capacity = 1, RefillPerSecond = 0.001 } },
        });
        await HaveTrafficAsync();
    }

    public async Task DisposeAsync()
    {
        _released.SetResult();
        await _gateway.DisposeAsync();
        await _auth.DisposeAsync();
        await _recovering.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task EveryMetricOfTheContract_IsThereWithItsTypeAndLabels()
    {
        string scrape = await ScrapeAsync();
        foreach ((string name, string type, string labels) in Contract)
        {
            scrape.Should().Contain($"# TYPE {name} {type}\n").And.MatchRegex($"(?m)^# HELP {name} .+");
            IEnumerable<string> series = LabelsOf(scrape, type == "histogram" ? $"{name}_count" : name);
            series.Should().NotBeEmpty("there is {0}", name).And.OnlyContain(found => found == labels);
        }
    }

    [Theory]
    [InlineData("gateway_request_duration_seconds")]
    [InlineData("gateway_upstream_duration_seconds")]
    public async Task Histogram_HasTheContractsBuckets(string name)
    {
        string scrape = await ScrapeAsync();
        Regex.Matches(scrape, $"(?m)^{name}_bucket\\{{[^}}]*\"svc\"[^}}]*le=\"([^\"]+)\"").Select(static bucket => bucket.Groups[1].Value).Should().Equal(
            "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf");
    }

    [Theory]
    [InlineData("svc", 0)]
    [InlineData("open", 1)]
    [InlineData("recovering", 2)]
    public async Task CircuitState_IsClosedOpenOrHalfOpen(string service, int state)
    {
        Match series = Regex.Match(await ScrapeAsync(), $"(?m)^gateway_circuit_state\\{{[^}}]*service=\"{service}\"[^}}]*\\}} (\\d+)");
        int.Parse(series.Groups[1].ValueSpan, CultureInfo.InvariantCulture).Should().Be(state);
    }

    [FactNeeds("promtool")]
    public async Task ScrapeWithAllKindsOfTraffic_IsOneThatPrometheusFindsNoFaultIn()
    {
        using var promtool = new Promtool();
        (await promtool.CheckMetricsAsync(await ScrapeAsync())).Should().Be((0, ""));
    }

    /// <summary>Without waiting for requests under way: one is meant to be.</summary>
    private async Task<string> ScrapeAsync()
    {
        using HttpResponseMessage response = await _gateway.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, new Uri(_gateway.Admin, "/metrics")), CancellationToken.None);
        return await response.Content.ReadAsStringAsync();
    }

    private static ServiceOptions ServiceOf(params string[] instances) => new()
    {
        Instances = [.. instances.Select(static url => new InstanceOptions { Url = url })],
        CircuitBreaker = new() { FailureThreshold = 1 },
    };

    /// <summary>The names of the labels of each series, in order.</summary>
    private static IEnumerable<string> LabelsOf(string scrape, string name) => Regex.Matches(scrape, $@"(?m)^{name}(?:\{{([^}}]*)\}})? ")
        .Select(static series => string.Join(' ', Label().Matches(series.Groups[1].Value).Select(static label => label.Groups[1].Value).Order()));

    private static async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Headers.Upgrade.Count > 0)
        {
            await WebSockets.Service(static (socket, _) => WebSockets.EchoAsync(socket))(http);
            return;
        }

        http.Response.StatusCode = http.Request.Path == "/svc/500" ? 500 : 200;
        await http.Response.WriteAsync("answer");
    }

    private async Task FailOnceThenHangAsync(HttpContext http)
    {
        if (_recovering.Requests == 1)
        {
            http.Response.StatusCode = 500;
            return;
        }

        _probed.TrySetResult();
        await _released.Task;
    }

    /// <summary>Answers and refusals of every stage; at its end one circuit is open, and one has its probe under way.</summary>
    private async Task HaveTrafficAsync()
    {
        foreach ((HttpMethod method, string target, string? token) in new (HttpMethod, string, string?)[]
        {
            (HttpMethod.Get, "/svc/1", null), (HttpMethod.Post, "/svc/1", null), (new HttpMethod("BREW"), "/svc/1", null), (HttpMethod.Get, "/nowhere", null),
            (HttpMethod.Get, "/a%5cb", null), (HttpMethod.Get, "/users/1", null), (HttpMethod.Get, "/users/1", "alice"), (HttpMethod.Get, "/users/1", "alice"),
            (HttpMethod.Get, "/twice/1", null), (HttpMethod.Get, "/twice/2", null), (HttpMethod.Get, "/open/1", null), (HttpMethod.Get, "/open/2", null),
            (HttpMethod.Get, "/health/live", null), (HttpMethod.Get, "/recovering/1", null),
        })
        {
            (await _gateway.SendAsync(method, target, null, token is null ? [] : [("Authorization", $"Bearer {token}")])).Dispose();
        }

        using ClientWebSocket socket = new();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{_gateway.Address.Port}/svc/live"), _gateway.Client, CancellationToken.None);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        (await _gateway.GetAsync("/svc/500")).Dispose();
        _gateway.Server.Reloads.Succeeded();
        _gateway.Server.Reloads.Failed(["wrong"]);

        // The circuit refuses for 10 ms, and then lets one in.
        while (!_probed.Task.IsCompleted)
        {
            Task<HttpResponseMessage> probe = _gateway.GetAsync("/recovering/2");
            await Task.WhenAny(probe, _probed.Task);
        }
    }

    [GeneratedRegex("(\\w+)=\"")]
    private static partial Regex Label();
}
