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
        BackendService service = Given.Service(Given.ServiceOptions(1) with { HealthCheck = new() { Interval = TimeSpan.FromSeconds(7), FastInterval = TimeSpan.FromSeconds(9), Fall = 1 } });
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

    [Fact]
    public void FullInstance_IsPassedOver_AndWhenAllAreFullItIsOverloaded()
    {
        BackendService service = Given.Service(Given.ServiceOptions(1, 1) with { Concurrency = new() { MaxPerInstance = 2, Adaptive = false } });
        InstanceSelector selector = new(service);
        service.Instances[0].Limit.TryEnter();
        service.Instances[0].Limit.TryEnter();

        int?[] chosen = [.. Enumerable.Range(0, 2).Select(_ => selector.Select().Instance?.Index)];
        chosen.Should().Equal(1, 1);
        selector.Select().Error.Should().Be(GatewayError.Overloaded);

        service.Instances[0].Limit.Leave();
        selector.Select().Instance.Should().BeSameAs(service.Instances[0]);
    }

    [Fact]
    public void RefusedSelection_HoldsNoPlace()
    {
        BackendService service = Given.Service(1);
        Given.OpenCircuit(service.Instances[0]);
        new InstanceSelector(service).Select().Error.Should().Be(GatewayError.CircuitOpen);
        service.Instances[0].Limit.InFlight.Should().Be(0);
    }

    [Fact]
    public void TriedInstances_AreNotChosenAgain()
    {
        BackendService service = Given.Service(1, 1, 1);
        InstanceSelector selector = new(service);
        for (int i = 0; i < 10; i++)
        {
            selector.Select([service.Instances[0], service.Instances[2]]).Instance.Should().BeSameAs(service.Instances[1]);
        }

        selector.Select([.. service.Instances]).Error.Should().Be(GatewayError.NoHealthyInstance);
    }

    [Fact]
    public void EjectedInstance_IsNotChosen()
    {
        BackendService service = Given.Service(Given.ServiceOptions(1, 1), _clock);
        for (int i = 0; i < 5; i++)
        {
            service.Record(service.Instances[0], new CircuitPass(-1), AttemptResult.Failure, null);
        }

        InstanceSelector selector = new(service);
        Enumerable.Range(0, 10).Select(_ => selector.Select().Instance).Should().OnlyContain(instance => instance == service.Instances[1]);
    }

    /// <summary>Two instances: one was ejected and is well again, then the other's circuit opened. The whole service was down until the ejection ended.</summary>
    [Fact]
    public void WhereTheOthersCircuitsAreOpen_AnEjectedInstanceIsAsked()
    {
        BackendService service = Given.Service(Given.ServiceOptions(1, 1), _clock);
        for (int i = 0; i < 5; i++)
        {
            service.Record(service.Instances[0], new CircuitPass(-1), AttemptResult.Failure, null);
        }

        Given.OpenCircuit(service.Instances[1]);
        InstanceSelector selector = new(service);
        selector.Select().Instance.Should().BeSameAs(service.Instances[0]);
        selector.HasAnother(null, service.Instances[1]).Should().BeTrue();
        selector.Select([service.Instances[0]]).Error.Should().Be(GatewayError.CircuitOpen);
    }

    [Fact]
    public void WhereTheOthersAreOnlyFull_AnEjectedInstanceIsLeftInPeace()
    {
        BackendService service = Given.Service(Given.ServiceOptions(1, 1) with { Concurrency = new() { MaxPerInstance = 1, Adaptive = false } }, _clock);
        for (int i = 0; i < 5; i++)
        {
            service.Record(service.Instances[0], new CircuitPass(-1), AttemptResult.Failure, null);
        }

        service.Instances[1].Limit.TryEnter();
        new InstanceSelector(service).Select().Error.Should().Be(GatewayError.Overloaded);
    }

    /// <summary>A tenth of its share at first: of 2,000 requests some 100 instead of 1,000.</summary>
    [Fact]
    public void InstanceThatStarts_GetsItsShareLittleByLittle()
    {
        BackendService service = Given.Service(Given.ServiceOptions(1, 1), _clock);
        InstanceSelector selector = new(service);
        service.Instances[0].StartSlowly();
        _clock.Advance(TimeSpan.FromTicks(1));
        Share().Should().BeInRange(0.02, 0.1);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Share().Should().BeInRange(0.2, 0.3);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Share().Should().Be(0.5);

        double Share() => Enumerable.Range(0, 2000).Count(_ =>
        {
            ServiceInstance chosen = selector.Select().Instance!;
            chosen.Limit.Leave();
            return chosen == service.Instances[0];
        }) / 2000.0;
    }

    [Fact]
    public void InstanceThatStarts_IsChosenWhereThereIsNoOther()
    {
        BackendService service = Given.Service(Given.ServiceOptions(1), _clock);
        service.Instances[0].StartSlowly();
        InstanceSelector selector = new(service);
        Enumerable.Range(0, 50).Select(_ => selector.Select().Instance).Should().NotContainNulls();
    }

    [Fact]
    public void AnotherInstance_IsOneThatMayTakeTheRequest()
    {
        BackendService service = Given.Service(1, 1, 1);
        InstanceSelector selector = new(service);
        ServiceInstance[] all = service.Instances;
        selector.HasAnother(null, all[0]).Should().BeTrue();
        selector.HasAnother([all[0]], all[1]).Should().BeTrue();
        Given.OpenCircuit(all[2]);
        selector.HasAnother([all[0]], all[1]).Should().BeFalse();
        selector.HasAnother(null, all[0]).Should().BeTrue();
    }
}
