using Gateway.Core.Backends;
using Gateway.Core.Errors;
using Gateway.Core.LoadBalancing;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.LoadBalancing;

public sealed class InstanceSelectorTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void HealthyInstances_AreChosenByThePolicy()
    {
        InstanceSelector selector = new(Given.Service(1, 1));
        int?[] chosen = [.. Enumerable.Range(0, 4).Select(_ => selector.Select().Instance?.Index)];
        chosen.Should().Equal(0, 1, 0, 1);
    }

    [Fact]
    public void NoHealthyInstance_IsAnError_UntilTheNextCheckMayHelp()
    {
        BackendService service = Given.Service(Given.ServiceOptions(1) with { HealthCheck = new() { Interval = TimeSpan.FromSeconds(7) } });
        Given.Health(service, 0, HealthStatus.Unhealthy);

        Selection selection = new InstanceSelector(service).Select();

        selection.Instance.Should().BeNull();
        selection.Error.Should().Be(GatewayError.NoHealthyInstance);
        selection.RetryAfter.Should().Be(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public void OpenCircuit_IsPassedOver()
    {
        BackendService service = Given.Service(1, 1, 1);
        Given.OpenCircuit(service.Instances[1]);
        InstanceSelector selector = new(service);

        int?[] chosen = [.. Enumerable.Range(0, 30).Select(_ => selector.Select().Instance?.Index)];

        chosen.Should().NotContain(1).And.NotContainNulls().And.Contain(0).And.Contain(2);
    }

    [Fact]
    public void EveryCircuitOpen_IsAnError_UntilTheFirstLetsAProbeThrough()
    {
        BackendService service = Given.Service(
            Given.ServiceOptions(1, 1) with { CircuitBreaker = new() { FailureThreshold = 1, Timeout = TimeSpan.FromSeconds(30) } }, _clock);
        Given.OpenCircuit(service.Instances[0]);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Given.OpenCircuit(service.Instances[1]);
        InstanceSelector selector = new(service);

        Selection refused = selector.Select();
        refused.Error.Should().Be(GatewayError.CircuitOpen);
        refused.RetryAfter.Should().Be(TimeSpan.FromSeconds(20));

        _clock.Advance(TimeSpan.FromSeconds(20));
        selector.Select().Instance.Should().BeSameAs(service.Instances[0]);
        selector.Select().Error.Should().Be(GatewayError.CircuitOpen, "its only probe is under way");
    }

    [Fact]
    public void Pass_BelongsToTheChosenInstance()
    {
        BackendService service = Given.Service(Given.ServiceOptions(1) with { CircuitBreaker = new() { FailureThreshold = 1 } }, _clock);
        Selection selection = new InstanceSelector(service).Select();

        selection.Instance!.Breaker.Record(selection.Pass, AttemptResult.Failure).Should().BeTrue();

        service.Instances[0].Breaker.State.Should().Be(CircuitState.Open);
    }

    [Fact]
    public void Selection_DoesNotAllocate()
    {
        InstanceSelector selector = new(Given.Service(1, 1, 1));
        Allocations.Of(() => selector.Select()).Should().Be(0);
    }
}
