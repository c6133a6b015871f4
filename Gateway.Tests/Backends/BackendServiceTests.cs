using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Backends;

public sealed partial class BackendServiceTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<string> _events = [];

    [Fact]
    public void BeforeAnyCheck_AllAreHealthy()
    {
        BackendService service = Given.Service(1, 1);
        service.Healthy.Should().Equal(service.Instances);
    }

    [Fact]
    public void Healthy_FollowsTheInstancesInTheirOrder()
    {
        BackendService service = Given.Service(1, 1, 1);
        Given.Health(service, 0, HealthStatus.Unhealthy);
        service.Healthy.Should().Equal(service.Instances[1], service.Instances[2]);

        Given.Health(service, 1, HealthStatus.Unhealthy);
        Given.Health(service, 2, HealthStatus.Unhealthy);
        service.Healthy.Should().BeEmpty();

        Given.Health(service, 0, HealthStatus.Healthy);
        service.Healthy.Should().Equal(service.Instances[0]);
    }

    /// <summary>Without a lock, the slower of two could put back a list that the faster had already replaced.</summary>
    [Fact]
    public async Task ChangesAtOnce_NoneIsLost()
    {
        BackendService service = Given.Service(1, 1, 1, 1);
        for (int round = 0; round < 200; round++)
        {
            HealthStatus status = round % 2 == 0 ? HealthStatus.Unhealthy : HealthStatus.Healthy;
            await Given.OnThreads(4, instance => Given.Health(service, instance, status));
            service.Healthy.Should().HaveCount(status == HealthStatus.Healthy ? 4 : 0);
        }
    }

    [Fact]
    public void InstanceThatKeepsFailing_IsEjectedForAWhile_AndComesBackOnProbation()
    {
        BackendService service = Service(3);
        Fail(service, 1, times: 5);
        service.Usable.Should().Equal(service.Instances[0], service.Instances[2]);
        service.Healthy.Should().HaveCount(3, "active checks still believe in it");

        _clock.Advance(TimeSpan.FromSeconds(30));
        service.Usable.Should().HaveCount(3);
        Fail(service, 1, times: 1);
        service.Usable.Should().HaveCount(2, "one more failure is enough");
        _clock.Advance(TimeSpan.FromSeconds(59));
        service.Usable.Should().HaveCount(2, "the second time lasts twice as long");
        _events.Should().Equal(
            "10.0.0.2:80 Ejected 5 failures in a row; for 30 s", "10.0.0.2:80 Returned ", "10.0.0.2:80 Ejected 5 failures in a row; for 60 s");
    }

    /// <summary>The threshold against panic: rather all than too few.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    [InlineData(9, 4)]
    public void NeverMoreThanHalf_AreEjected(int instances, int ejected)
    {
        BackendService service = Service(instances);
        for (int i = 0; i < instances; i++)
        {
            Fail(service, i, times: 20);
        }

        service.Instances.Count(static instance => instance.Ejection.IsEjected).Should().Be(ejected);
        service.Usable.Should().HaveCount(instances - ejected);
    }

    [Fact]
    public void WhereOnlyEjectedOnesAreHealthy_TheyAreAskedAllTheSame()
    {
        BackendService service = Service(2);
        Fail(service, 0, times: 5);
        Given.Health(service, 1, HealthStatus.Unhealthy);
        service.Usable.Should().Equal(service.Instances[0]);
    }

    [Fact]
    public void SlowAnswers_CountAsFailures_WhereTheOptionSaysSo()
    {
        BackendService service = Service(2, new OutlierOptions { SlowerThan = TimeSpan.FromSeconds(1) });
        for (int i = 0; i < 5; i++)
        {
            service.Record(service.Instances[0], default, AttemptResult.Success, TimeSpan.FromSeconds(i % 2 == 0 ? 1 : 0.9));
        }

        _events.Should().BeEmpty("one second is not more than one second");
        for (int i = 0; i < 5; i++)
        {
            service.Record(service.Instances[0], default, AttemptResult.Success, TimeSpan.FromSeconds(1.1));
        }

        _events.Should().Equal("10.0.0.1:80 Ejected 5 failures in a row, the last by being slow; for 30 s");
        service.Instances[0].Breaker.State.Should().Be(CircuitState.Closed);
    }

    [Fact]
    public void InstanceThatAsksForTime_IsLeftOutForIt_ButNotForMoreThanAnEjection()
    {
        BackendService service = Service(2);
        service.Hold(service.Instances[0], TimeSpan.FromSeconds(7));
        service.Usable.Should().Equal(service.Instances[1]);
        service.Hold(service.Instances[1], TimeSpan.FromDays(1));
        service.Usable.Should().HaveCount(2, "rather all than none");

        _clock.Advance(TimeSpan.FromSeconds(7));
        service.Usable.Should().Equal(service.Instances[0]);
        _clock.Advance(new OutlierOptions().MaxEjectionTime);
        service.Usable.Should().HaveCount(2);
    }

    [Fact]
    public void PassedChecksAfterAFailure_BringAnInstanceBack()
    {
        BackendService service = Service(2);
        Given.OpenCircuit(service.Instances[0]);
        Fail(service, 0, times: 5);
        service.RecordCheck(service.Instances[0], null);
        service.RecordCheck(service.Instances[0], null);
        service.Instances[0].Breaker.State.Should().Be(CircuitState.Open, "its checks have never failed: they say nothing about its requests");

        service.RecordCheck(service.Instances[0], "connection refused");
        service.RecordCheck(service.Instances[0], null);
        service.Instances[0].Breaker.State.Should().Be(CircuitState.HalfOpen);
        service.Usable.Should().HaveCount(2);
        service.Instances[0].Share().Should().BeLessThan(0.2, "it starts slowly");
    }

    [Fact]
    public void CircuitsThatChange_AreTold()
    {
        BackendService service = Service(1);
        Fail(service, 0, times: 5);
        _clock.Advance(TimeSpan.FromSeconds(30));
        service.Instances[0].Breaker.TryEnter(out CircuitPass probe).Should().BeTrue();
        service.Record(service.Instances[0], probe, AttemptResult.Success, null);
        _events.Should().Equal("10.0.0.1:80 CircuitOpened 5 failures in a row", "10.0.0.1:80 CircuitClosed ");
    }

    [Fact]
    public void Successor_KeepsWhatIsKnownOfTheSameAddresses_AsFarAsTheSameOptionsJudge()
    {
        BackendService before = Service(3);
        Fail(before, 0, times: 5);
        Given.Health(before, 1, HealthStatus.Unhealthy);
        before.Instances[2].Enter();
        ServiceOptions changed = before.Options with
        {
            Instances = [before.Options.Instances[2], before.Options.Instances[0], new InstanceOptions { Url = "http://10.0.0.9" }, before.Options.Instances[1]],
            CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 7 },
        };

        var after = new BackendService("service", 0, changed, _clock, predecessor: before);
        after.PutInForce();

        after.Instances.Select(static instance => instance.InFlight).Should().Equal(1, 0, 0, 0);
        after.Usable.Should().Equal(after.Instances[0], after.Instances[2]);
        after.Instances[1].Ejection.Should().BeSameAs(before.Instances[0].Ejection);
        after.Instances[1].Breaker.Should().NotBeSameAs(before.Instances[0].Breaker, "another threshold judges anew");
        after.RetryBudget.Should().BeSameAs(before.RetryBudget);
    }

    /// <summary>A request of the configuration before may be the one that ejects.</summary>
    [Fact]
    public void WhatRequestsOfTheConfigurationBeforeFindOut_HoldsForTheSuccessor()
    {
        BackendService before = Service(4);
        var after = new BackendService(
            "service", 0, before.Options with { Timeouts = new TimeoutOptions { Total = TimeSpan.FromSeconds(9) } }, _clock, predecessor: before);
        after.PutInForce();

        Fail(before, 0, times: 5);
        after.Usable.Should().Equal(after.Instances[1..]);
        Given.Health(before, 1, HealthStatus.Unhealthy);
        after.Usable.Should().Equal(after.Instances[2..]);

        _clock.Advance(TimeSpan.FromSeconds(30));
        after.Usable.Should().HaveCount(3);
        after.Instances[0].Ejection.IsEjected.Should().BeFalse();
    }

    /// <summary>Instances that come and go make thousands of configurations while one WebSocket holds the first.</summary>
    [Fact]
    public void WhatTheFirstOfManyConfigurationsFindsOut_HoldsForTheLast_AndThoseBetweenAreGone()
    {
        BackendService first = Service(4), last = first;
        WeakReference between = null!;
        for (int i = 0; i < 20_000; i++)
        {
            last = new BackendService("service", 0, first.Options, _clock, predecessor: last);
            last.PutInForce();
            between = i == 10_000 ? new WeakReference(last) : between;
        }

        Fail(first, 0, times: 5);
        last.Usable.Should().Equal(last.Instances[1..]);
        GC.Collect();
        between.IsAlive.Should().BeFalse();
        GC.KeepAlive(first);
    }

    [Fact]
    public void ServiceWithoutInstances_HasNobody_UntilItHas()
    {
        var empty = new BackendService("service", 0, new ServiceOptions(), _clock);
        (empty.Usable.Length, empty.Healthy.Length, empty.InFlight).Should().Be((0, 0, 0));
        var after = new BackendService("service", 0, Given.ServiceOptions(1), _clock, predecessor: empty);
        after.PutInForce();
        after.Usable.Should().ContainSingle();
    }

    [Fact]
    public void InstancesThatFailTheirChecks_CountAmongThoseThatAreGone()
    {
        BackendService service = Service(4);
        Given.Health(service, 0, HealthStatus.Unhealthy);
        Given.Health(service, 1, HealthStatus.Unhealthy);
        Fail(service, 2, times: 20);
        service.Usable.Should().HaveCount(2);
    }

    [Fact]
    public void InFlight_IsThatOfAllInstances()
    {
        BackendService service = Service(2);
        service.Instances[0].Enter();
        service.Instances[1].Enter();
        service.InFlight.Should().Be(2);
    }

    private BackendService Service(int instances, OutlierOptions? outliers = null) => Given.Service(
        Given.ServiceOptions([.. Enumerable.Repeat(1, instances)]) with { Outliers = outliers ?? new OutlierOptions() },
        _clock,
        (_, instance, happened, why) => _events.Add($"{instance.Name} {happened} {why}"));

    private static void Fail(BackendService service, int instance, int times)
    {
        for (int i = 0; i < times; i++)
        {
            service.Instances[instance].Breaker.TryEnter(out CircuitPass pass);
            service.Record(service.Instances[instance], service.Instances.Length == 1 ? pass : new CircuitPass(-1), AttemptResult.Failure, null);
        }
    }
}
