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
    private GatewayParts _parts = null!;
    private Readings _readings = null!;

    public Task InitializeAsync()
    {
        _parts = Parts(TestOptions.For("http://10.0.0.1:80", "http://10.0.0.2:80") with
        {
            Auth = new AuthOptions { ServiceUrl = "http://auth" },
            RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["by-ip"] = new() { Capacity = 1, RefillPerSecond = 0.001 } },
        });
        _readings = ReadingsOf(_parts);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _readings.Dispose();
        await _parts.DisposeAsync();
    }

    [Fact]
    public void RequestsUnderWay_AreShown()
    {
        _parts.Requests.Enter();
        _readings.Of("gateway_requests_active").Should().Equal(("", 1));
        _parts.Requests.Leave();
        _readings.Of("gateway_requests_active").Should().Equal(("", 0));
    }

    [Fact]
    public void Draining_IsShownFromItsStart()
    {
        _readings.Of("gateway_draining").Should().Equal(("", 0));
        _parts.Requests.StartDraining();
        _readings.Of("gateway_draining").Should().Equal(("", 1));
    }

    [Fact]
    public void RateLimitDecisions_AreCountedByPolicyAndDecision()
    {
        RateLimiter limiter = _parts.RouteLimits.Limiters[0];
        for (int i = 0; i < 3; i++)
        {
            limiter.TryTake(new RateLimitKey(1), limiter.Size, _parts.Clock.GetTimestamp(), out _);
        }

        _readings.Of("gateway_rate_limit_decisions_total").Should().Equal(
            ("policy=by-ip decision=allowed source=local", 1), ("policy=by-ip decision=refused source=local", 2));
    }

    [Fact]
    public void AuthCache_IsCountedByResult() =>
        _readings.Of("gateway_auth_cache_total").Select(series => series.Labels).Should().Equal("result=hit", "result=miss", "result=negative_hit");

    [Fact]
    public async Task WithoutATokenValidator_ThereAreNoSeriesOfItsCache()
    {
        await using GatewayParts parts = Parts(TestOptions.For("http://10.0.0.1:80"));
        using Readings readings = ReadingsOf(parts);
        readings.Of("gateway_auth_cache_total").Should().BeEmpty();
    }

    [Fact]
    public void HealthOfInstances_IsShown()
    {
        Given.Health(_parts.Services[0], 1, HealthStatus.Unhealthy);
        _readings.Of("gateway_instance_healthy").Should().Equal(("service=svc instance=10.0.0.1:80", 1), ("service=svc instance=10.0.0.2:80", 0));
    }

    [Fact]
    public void Circuits_AreShownByTheirNumber()
    {
        Given.OpenCircuit(_parts.Services[0].Instances[0]);
        _readings.Of("gateway_circuit_state").Should().Equal(("service=svc instance=10.0.0.1:80", 1), ("service=svc instance=10.0.0.2:80", 0));
    }

    [Fact]
    public void RequestsAtInstances_AreShownWhileTheyLast()
    {
        GatewayContext context = Given.Context();
        Given.Attempt(context, _parts.Services[0], 1);
        _readings.Of("gateway_upstream_requests_active").Should().Equal(("service=svc instance=10.0.0.1:80", 0), ("service=svc instance=10.0.0.2:80", 1));
        context.EndAttempt();
        _readings.Of("gateway_upstream_requests_active").Should().OnlyContain(series => series.Value == 0);
    }

    private static GatewayParts Parts(GatewayOptions options) => new(options, NullLoggerFactory.Instance, TimeProvider.System);

    private static Readings ReadingsOf(GatewayParts parts) => new(parts.Metrics.Meter);
}
