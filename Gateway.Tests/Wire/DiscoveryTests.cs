using System.Net;
using System.Text.RegularExpressions;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Reception;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Xunit.Abstractions;

namespace Gateway.Tests.Wire;

/// <summary>Instances come and go while the gateway serves.</summary>
public sealed class DiscoveryTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly DiscoveryOptions Pods = new() { Kind = DiscoveryKind.Kubernetes, Service = "svc" };

    private FakeKubernetes _kubernetes = null!;

    public async Task InitializeAsync() => _kubernetes = await FakeKubernetes.StartAsync();

    public async Task DisposeAsync()
    {
        _kubernetes.Wrong.Should().BeEmpty();
        await _kubernetes.DisposeAsync();
    }

    [Fact]
    public async Task PodThatComes_IsAsked_SoonAfterItsEvent()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await StartAsync();
        await ReadyAsync(gateway);
        (await StatusAsync(gateway)).Should().Be(HttpStatusCode.ServiceUnavailable, "the service has no pods");

        TimeSpan[] took = new TimeSpan[10];
        for (int i = 0; i < took.Length; i++)
        {
            long at = TimeProvider.System.GetTimestamp();
            _kubernetes.Set(Pod(instance, i % 2 == 0 ? "ready" : "unready"));
            SpinWait.SpinUntil(() => Instances(gateway).Length == (i + 1) % 2, TimeSpan.FromSeconds(30)).Should().BeTrue();
            took[i] = TimeProvider.System.GetElapsedTime(at);
        }

        output.WriteLine($"event to snapshot: {string.Join(", ", took.Order().Select(static one => $"{one.TotalMilliseconds:0} ms"))}");
        took.Order().ElementAt(took.Length / 2).Should().BeLessThan(TimeSpan.FromSeconds(2), "it is 50 ms of waiting for others, and a little work");
        _kubernetes.Set(Pod(instance, "ready"));
        await UntilAsync(() => Instances(gateway).Length == 1);
        (await gateway.GetAsync("/").ShouldBeOkAsync()).Should().Contain("Host: svc.shop.svc");
    }

    [Fact]
    public async Task Readiness_WaitsForTheFirstAnswer()
    {
        _kubernetes.Token = "not ours";
        await using TestGateway gateway = await StartAsync();
        (await ReadinessAsync(gateway)).Should().Be(HttpStatusCode.ServiceUnavailable);
        gateway.Server.Pipeline.Lasting.Discovery.IsStarting.Should().BeTrue();
        _kubernetes.Token = null;
        await ReadyAsync(gateway);
    }

    [Fact]
    public async Task Readiness_WaitsNoLongerThanIsSaid()
    {
        _kubernetes.Token = "not ours";
        await using TestGateway gateway = await StartAsync(Pods with { StartTimeout = TimeSpan.Zero });
        await ReadyAsync(gateway);
    }

    [Fact]
    public async Task PodThatLeaves_GetsNoNewRequest_AndFinishesThoseUnderWay()
    {
        var release = new TaskCompletionSource();
        await using TestInstance leaving = await TestInstance.StartAsync(async http =>
        {
            await release.Task;
            await http.Response.WriteAsync("leaving");
        });
        await using TestInstance staying = await TestInstance.StartAsync(static http => http.Response.WriteAsync("staying"));
        _kubernetes.Set(Pod(leaving, "ready"));
        await using TestGateway gateway = await StartAsync();
        await UntilAsync(() => Instances(gateway).Length == 1);
        Task<HttpResponseMessage> underWay = gateway.GetAsync("/");
        await UntilAsync(() => leaving.Requests == 1);

        _kubernetes.Set(Pod(staying, "ready"));
        _kubernetes.Set(Pod(leaving, "draining"));
        await UntilAsync(() => Instances(gateway) is [{ } only] && only == new Uri(staying.Url).Authority);

        for (int i = 0; i < 20; i++)
        {
            (await gateway.GetAsync("/").ShouldBeOkAsync()).Should().Be("staying");
        }

        release.SetResult();
        (await underWay.ShouldBeOkAsync()).Should().Be("leaving");
    }

    [Fact]
    public async Task PodsThatStay_KeepWhatIsBelievedOfThem_WhileOthersComeAndGo()
    {
        await using TestInstance staying = await TestInstance.StartEchoAsync();
        await using TestInstance other = await TestInstance.StartEchoAsync();
        _kubernetes.Set(Pod(staying, "ready"));
        await using TestGateway gateway = await StartAsync();
        await UntilAsync(() => Instances(gateway).Length == 1);
        ServiceInstance before = Service(gateway).Instances[0];
        Given.OpenCircuit(before);
        before.Enter();

        _kubernetes.Set(Pod(other, "ready"));
        await UntilAsync(() => Instances(gateway).Length == 2);

        ServiceInstance after = Service(gateway).Instances.Single(one => one.Origin == before.Origin);
        (after.Breaker, after.Limit, after.Ejection, after.InFlight).Should().Be((before.Breaker, before.Limit, before.Ejection, 1));
        after.Breaker.State.Should().Be(CircuitState.Open);
        before.Leave();
        (await gateway.ScrapeAsync()).Should().Contain($"instance=\"{before.Name}\"");
        _kubernetes.Delete("slice-" + new Uri(staying.Url).Port);
        await UntilAsync(() => Instances(gateway).Length == 1);
        (await gateway.ScrapeAsync()).Should().NotContain($"instance=\"{before.Name}\"", "series of pods that are gone go too");
    }

    [Fact]
    public async Task OtherInstances_AreNoOtherConfiguration_AndAReloadKeepsThem()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        _kubernetes.Set(Pod(instance, "ready"));
        await using TestGateway gateway = await StartAsync();
        await UntilAsync(() => Instances(gateway).Length == 1);
        gateway.Server.Reloads.Status.Generation.Should().Be(1);
        (await gateway.ScrapeAsync()).Should().NotContain("gateway_config_reloads_total{");

        _kubernetes.Refuse([.. Enumerable.Repeat(500, 100)]);
        _kubernetes.EndWatches();
        await gateway.Server.Pipeline.ReloadAsync(Options(Pods) with { Overload = new OverloadOptions { MaxRequests = 1_000 } });

        await gateway.GetAsync("/").ShouldBeOkAsync();
        gateway.Server.Pipeline.Parts.Options.Overload.MaxRequests.Should().Be(1_000);
    }

    [Fact]
    public async Task ServiceThatAConfigurationBrings_IsFoundBeforeItIsInForce()
    {
        await using TestInstance listed = await TestInstance.StartAsync(static http => http.Response.WriteAsync("listed"));
        await using TestInstance found = await TestInstance.StartAsync(static http => http.Response.WriteAsync("found"));
        _kubernetes.Set(Pod(found, "ready"));
        await using TestGateway gateway = await TestGateway.StartInClusterAsync(TestOptions.For(listed.Url), _kubernetes.Options);
        (await gateway.GetAsync("/").ShouldBeOkAsync()).Should().Be("listed");

        await gateway.Server.Pipeline.ReloadAsync(Options(Pods));
        (await gateway.GetAsync("/").ShouldBeOkAsync()).Should().Be("found");

        await gateway.Server.Pipeline.ReloadAsync(TestOptions.For(listed.Url));
        await UntilAsync(() => _kubernetes.Watches == 0);
        (await gateway.GetAsync("/").ShouldBeOkAsync()).Should().Be("listed");
    }

    [Fact]
    public async Task ServerThatIsAway_LeavesEverythingAsItWas_AndIsSeenInTheMetrics()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        _kubernetes.Set(Pod(instance, "ready"));
        await using TestGateway gateway = await StartAsync();
        await UntilAsync(() => Instances(gateway).Length == 1 && _kubernetes.Watches == 1);
        (await StalenessAsync(gateway)).Should().Be("0");

        int port = new Uri(_kubernetes.Url).Port;
        await _kubernetes.DisposeAsync();
        await Eventually.BecomesAsync(() => StalenessAsync(gateway), static seconds => seconds != "0");
        await gateway.GetAsync("/").ShouldBeOkAsync();
        (await StalenessAsync(gateway)).Should().NotBe("0");

        _kubernetes = await FakeKubernetes.StartAsync(port);
        _kubernetes.Set(Pod(instance, "ready"));
        (await Eventually.BecomesAsync(() => StalenessAsync(gateway), static seconds => seconds == "0")).Should().Be("0");
    }

    [Fact]
    public async Task NameOfThisMachine_IsFoundByDns_AndRequestsNameIt()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        string url = $"http://localhost:{new Uri(instance.Url).Port}";
        await using TestGateway gateway = await StartAsync(new DiscoveryOptions { Kind = DiscoveryKind.Dns, Url = url });
        await ReadyAsync(gateway);

        Instances(gateway).Should().Contain(new Uri(instance.Url).Authority);
        (await gateway.GetAsync("/").ShouldBeOkAsync()).Should().Contain($"Host: {new Uri(url).Authority}");
    }

    private static GatewayOptions Options(DiscoveryOptions discovery) => TestOptions.For(new ServiceOptions { Discovery = discovery });

    private Task<TestGateway> StartAsync(DiscoveryOptions? discovery = null) => TestGateway.StartInClusterAsync(Options(discovery ?? Pods), _kubernetes.Options);

    /// <summary>A pod on this machine: since pods share a port within a slice, each has a slice of its own.</summary>
    private static System.Text.Json.Nodes.JsonObject Pod(TestInstance instance, string state)
    {
        int port = new Uri(instance.Url).Port;
        return Slices.Of($"slice-{port}", "IPv4", port, ($"pod-{port}", "127.0.0.1", state));
    }

    private static BackendService Service(TestGateway gateway) => gateway.Server.Pipeline.Parts.Services[0];

    private static string[] Instances(TestGateway gateway) => [.. Service(gateway).Instances.Select(static instance => instance.Name)];

    private static async Task<HttpStatusCode> StatusAsync(TestGateway gateway)
    {
        using HttpResponseMessage response = await gateway.GetAsync("/");
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> ReadinessAsync(TestGateway gateway)
    {
        using HttpResponseMessage response = await gateway.GetAsync("/health/ready");
        return response.StatusCode;
    }

    private static async Task ReadyAsync(TestGateway gateway) =>
        (await Eventually.BecomesAsync(() => ReadinessAsync(gateway), static status => status == HttpStatusCode.OK)).Should().Be(HttpStatusCode.OK);

    private static async Task<string> StalenessAsync(TestGateway gateway) =>
        Regex.Match(await gateway.ScrapeAsync(), """(?m)^gateway_discovery_stale_seconds\{service="svc"\} (\S+)""").Groups[1].Value;

    private static async Task UntilAsync(Func<bool> isSo) =>
        (await Eventually.BecomesAsync(() => Task.FromResult(isSo()), static value => value)).Should().BeTrue();
}
