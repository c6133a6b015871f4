using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests;

public sealed class PartsMetricsTests : IAsyncLifetime
{
    private GatewayPipeline _pipeline = null!;
    private Readings _readings = null!;

    public Task InitializeAsync()
    {
        _pipeline = Pipeline(TestOptions.For("http://10.0.0.1:80", "http://10.0.0.2:80") with
        {
            Auth = new AuthOptions { ServiceUrl = "http://auth" },
            RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["by-ip"] = new() { Capacity = 1, RefillPerSecond = 0.001 } },
        });
        _readings = ReadingsOf(_pipeline);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _readings.Dispose();
        await _pipeline.DisposeAsync();
    }

    [Fact]
    public void RequestsUnderWay_AreShown()
    {
        _pipeline.Lasting.Requests.Enter();
        _readings.Of("gateway_requests_active").Should().Equal(("", 1));
        _pipeline.Lasting.Requests.Leave();
        _readings.Of("gateway_requests_active").Should().Equal(("", 0));
    }

    [Fact]
    public void Draining_IsShownFromItsStart()
    {
        _readings.Of("gateway_draining").Should().Equal(("", 0));
        _pipeline.Lasting.Requests.StartDraining();
        _readings.Of("gateway_draining").Should().Equal(("", 1));
    }

    [Fact]
    public void RateLimitDecisions_AreCountedByPolicyAndDecision()
    {
        RateLimiter limiter = _pipeline.Parts.RouteLimits.Limiters[0];
        for (int i = 0; i < 3; i++)
        {
            limiter.Take(new RateLimitKey(1), limiter.Size, _pipeline.Lasting.Clock.GetTimestamp(), out _);
        }

        _readings.Of("gateway_rate_limit_decisions_total").Should().Equal(
            ("policy=by-ip decision=allowed source=local", 1), ("policy=by-ip decision=refused source=local", 2));
    }

    [Fact]
    public void AuthCache_IsCountedByResult() =>
        _readings.Of("gateway_auth_cache_total").Select(series => series.Labels).Should().Equal("result=hit", "result=miss", "result=negative_hit");

    [Fact]
    public async Task Revocations_AreCountedBySource()
    {
        (await _pipeline.RevokeUserAsync("u")).Should().Be(RevocationReach.Here);
        _readings.Of("gateway_auth_revocations_total").Should().Equal(("source=admin", 1), ("source=logout", 0), ("source=store", 0));
        _readings.Of("gateway_auth_store_degraded").Should().Equal(("", 0));
    }

    [Fact]
    public async Task StoreOfTokensThatIsAway_IsShown()
    {
        ModelTokenStore store = ModelTokenStore.Create();
        store.Failure = new IOException("gone");
        GatewayOptions options = TestOptions.For("http://10.0.0.1:80") with
        {
            Auth = new AuthOptions { ServiceUrl = "http://auth", Shared = new SharedTokenOptions { Redis = "model", KeyFile = "key" } },
        };
        await using (var pipeline = new GatewayPipeline(options, extensions: new GatewayExtensions { TokenStore = _ => store }))
        {
            using Readings readings = ReadingsOf(pipeline);
            readings.Of("gateway_auth_store_degraded").Should().Equal(("", 1));
            readings.Of("gateway_auth_cache_total").Select(static series => series.Labels).Should().Equal(
                "result=hit", "result=in_doubt", "result=miss", "result=negative_hit", "result=shared_hit", "result=shared_rejected", "result=stale");
        }

        store.IsDisposed.Should().BeTrue();
    }

    [Fact]
    public async Task WithoutATokenValidator_ThereAreNoSeriesOfItsCache()
    {
        await using GatewayPipeline pipeline = Pipeline(TestOptions.For("http://10.0.0.1:80"));
        using Readings readings = ReadingsOf(pipeline);
        readings.Of("gateway_auth_cache_total").Should().BeEmpty();
    }

    [Fact]
    public void HealthOfInstances_IsShown()
    {
        Given.Health(_pipeline.Parts.Services[0], 1, HealthStatus.Unhealthy);
        _readings.Of("gateway_instance_healthy").Should().Equal(("service=svc instance=10.0.0.1:80", 1), ("service=svc instance=10.0.0.2:80", 0));
    }

    [Fact]
    public void Circuits_AreShownByTheirNumber()
    {
        Given.OpenCircuit(_pipeline.Parts.Services[0].Instances[0]);
        _readings.Of("gateway_circuit_state").Should().Equal(("service=svc instance=10.0.0.1:80", 1), ("service=svc instance=10.0.0.2:80", 0));
    }

    [Fact]
    public void RequestsAtInstances_AreShownWhileTheyLast()
    {
        GatewayContext context = Given.Context();
        Given.Attempt(context, _pipeline.Parts.Services[0], 1);
        _readings.Of("gateway_upstream_requests_active").Should().Equal(("service=svc instance=10.0.0.1:80", 0), ("service=svc instance=10.0.0.2:80", 1));
        context.EndAttempt();
        _readings.Of("gateway_upstream_requests_active").Should().OnlyContain(series => series.Value == 0);
    }

    private static GatewayPipeline Pipeline(GatewayOptions options) => new(options, NullLoggerFactory.Instance, static (in _) => { });

    private static Readings ReadingsOf(GatewayPipeline pipeline) => new(pipeline.Lasting.Metrics.Meter);

    /// <summary>Gauges of a second gateway in one process would stand in the place of the first's.</summary>
    [Fact]
    public async Task PolicyThatStandsAlone_ShowsItsLimitsAlone()
    {
        await using var lasting = new LastingParts(new DnsOptions(), NullLoggerFactory.Instance, TimeProvider.System, new GatewayExtensions());
        PartsMetrics.RegisterLimits(lasting);
        using var readings = new Readings(lasting.Metrics.Meter);
        readings.Instruments.Select(static one => one.Name).Where(static name => name.StartsWith("gateway_rate", StringComparison.Ordinal))
            .Should().Equal("gateway_rate_limit_decisions_total");
        readings.Instruments.Should().NotContain(static one => one.Name == "gateway_requests_active" || one.Name == "gateway_auth_cache_total");
    }
}
