using System.Net;
using System.Text.Json;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Wire;

/// <summary>A route between a service and its canary, each of which answers with its name.</summary>
public sealed class SplitTests : IAsyncLifetime
{
    private TestInstance _stable = null!;
    private TestInstance _canary = null!;

    public async Task InitializeAsync()
    {
        _stable = await TestInstance.StartAsync(static http => http.Response.WriteAsync("stable"));
        _canary = await TestInstance.StartAsync(static http => http.Response.WriteAsync("canary"));
    }

    public async Task DisposeAsync()
    {
        await _stable.DisposeAsync();
        await _canary.DisposeAsync();
    }

    [Fact]
    public async Task ChosenService_IsInTheAnswerTheLogAndTheMetrics()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(Options(new SplitOptions { OverrideHeader = "X-Canary" }, stable: 1, canary: 0));

        (await gateway.GetToTheEndAsync("/")).Should().Be("stable");
        (await gateway.GetAsync("/", ("X-Correlation-ID", "c"), ("X-Canary", "canary")).ShouldBeOkAsync()).Should().Be("canary");
        (await gateway.GetAsync("/", ("X-Correlation-ID", "x"), ("X-Canary", "nobody")).ShouldBeOkAsync()).Should().Be("stable");

        (await gateway.LogLineAsync("c")).GetProperty("backend_service").GetString().Should().Be("canary");
        (await gateway.LogLineAsync("x")).GetProperty("backend_service").GetString().Should().Be("stable");
        string metrics = await gateway.ScrapeAsync();
        metrics.Should().Contain("gateway_requests_total{method=\"GET\",route=\"all\",service=\"canary\",status=\"200\"} 1");
        metrics.Should().Contain("gateway_requests_total{method=\"GET\",route=\"all\",service=\"stable\",status=\"200\"} 2");
        metrics.Should().Contain("gateway_upstream_duration_seconds_count{service=\"canary\"} 1");
    }

    [Fact]
    public async Task Requests_AreSpreadBetweenBoth()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(Options(new SplitOptions(), stable: 1, canary: 1));
        for (int i = 0; i < 100; i++)
        {
            (await gateway.GetAsync("/")).Dispose();
        }

        (_stable.Requests + _canary.Requests).Should().Be(100);
        _canary.Requests.Should().BeInRange(10, 90);
    }

    [Fact]
    public async Task User_IsAnsweredByTheSameServiceEachTime_FromWhereverItComes()
    {
        await using TestAuthService auth = await TestAuthService.StartAsync();
        GatewayOptions options = Options(new SplitOptions { StickyBy = StickyBy.User }, stable: 1, canary: 1);
        await using TestGateway gateway = await TestGateway.StartAsync(options with
        {
            TrustedProxies = ["127.0.0.1"],
            Auth = new AuthOptions { ServiceUrl = auth.Url },
            Routes = options.Routes.ToDictionary(static route => route.Key, static route => route.Value with { Auth = RouteAuth.Required }),
        });
        var byUser = new Dictionary<string, string>();
        for (int i = 0; i < 60; i++)
        {
            string user = $"user-{i % 20}";
            string service = await gateway.GetAsync(
                "/", ("Authorization", $"Bearer {user}"), ("X-Forwarded-For", $"198.51.100.{i}")).ShouldBeOkAsync();
            byUser.TryAdd(user, service);
            service.Should().Be(byUser[user]);
        }

        byUser.Values.Distinct().Should().HaveCount(2);
    }

    [Fact]
    public async Task FailureOfTheCanary_IsTheCanarys()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(
            Options(new SplitOptions(), stable: 0, canary: 1, new ServiceOptions(), ScriptedInstance.UnusedUrl()));

        await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.BadGateway, "connect_failed");

        string metrics = await gateway.ScrapeAsync();
        metrics.Should().Contain("gateway_errors_total{reason=\"connect_failed\",service=\"canary\"} 1").And.NotContain("service=\"stable\",status");
        _stable.Requests.Should().Be(0);
    }

    [Fact]
    public async Task TimeoutsOfTheChosenService_Count()
    {
        await using var silent = new ScriptedInstance(static connection => connection.ReadToEndAsync());
        ServiceOptions impatient = new() { Timeouts = new TimeoutOptions { FirstByte = TimeSpan.FromMilliseconds(50) } };
        await using TestGateway gateway = await TestGateway.StartAsync(Options(new SplitOptions(), stable: 0, canary: 1, impatient, silent.Url));

        JsonElement problem = await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.GatewayTimeout, "upstream_timeout");

        problem.GetProperty("detail").GetString().Should().Be("The first-byte timeout fired.");
    }

    private GatewayOptions Options(SplitOptions split, int stable, int canary, ServiceOptions? canaryOptions = null, string? canaryUrl = null) => new()
    {
        Services = new Dictionary<string, ServiceOptions>
        {
            ["stable"] = new() { Instances = [new InstanceOptions { Url = _stable.Url }] },
            ["canary"] = (canaryOptions ?? new ServiceOptions()) with { Instances = [new InstanceOptions { Url = canaryUrl ?? _canary.Url }] },
        },
        Routes = new Dictionary<string, GatewayRouteOptions>
        {
            ["all"] = TestOptions.AnyPath with
            {
                Service = "stable",
                Split = split with { Services = new Dictionary<string, int> { ["stable"] = stable, ["canary"] = canary } },
            },
        },
    };
}
