using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Backends;

/// <content>What operators do to instances, and what is counted of them.</content>
public sealed partial class BackendServiceTests
{
    [Theory]
    [InlineData(OperatorState.Drain)]
    [InlineData(OperatorState.Down)]
    internal void TakenOutByAnOperator_GetsNothing_UntilItIsReady(OperatorState state)
    {
        BackendService service = Service(2);
        service.SetOperatorState(service.Instances[0], state);
        service.Healthy.Should().Equal(service.Instances[1]);
        service.SetOperatorState(service.Instances[1], state);
        service.Usable.Should().BeEmpty("not even when no other is left");

        service.RecordCheck(service.Instances[0], null);
        service.Usable.Should().BeEmpty("its checks have no say");
        service.SetOperatorState(service.Instances[0], OperatorState.Ready);
        service.Usable.Should().Equal(service.Instances[0]);
        service.Instances[0].Share().Should().BeLessThan(1, "it begins slowly");
    }

    [Fact]
    public void TakenOutByAnOperator_StaysOutWithTheNextConfiguration()
    {
        ServiceOptions options = Given.ServiceOptions(1, 1);
        BackendService before = Given.Service(options, _clock);
        before.SetOperatorState(before.Instances[1], OperatorState.Drain);
        var next = new BackendService("svc", 0, options with { Retry = new RetryOptions { MaxAttempts = 3 } }, _clock, null, before);
        next.PutInForce();
        next.Usable.Should().Equal(next.Instances[0]);
        before.SetOperatorState(before.Instances[1], OperatorState.Ready);
        next.Usable.Should().HaveCount(2, "whichever of both is told");
    }

    [Fact]
    public void InstancesTakenOutByAnOperator_CountAmongThoseThatAreGone()
    {
        BackendService service = Service(4);
        service.SetOperatorState(service.Instances[0], OperatorState.Drain);
        service.SetOperatorState(service.Instances[1], OperatorState.Down);
        Fail(service, 2, times: 20);
        service.Usable.Should().HaveCount(2);
    }

    [Fact]
    public void Reset_ClosesTheCircuitAndEndsTheEjection()
    {
        BackendService service = Service(3);
        Fail(service, 1, times: 5);
        Given.OpenCircuit(service.Instances[1]);
        service.Instances[1].Breaker.State.Should().Be(CircuitState.Open);
        service.Reset(service.Instances[1]);
        service.Instances[1].Breaker.State.Should().Be(CircuitState.Closed);
        service.Usable.Should().HaveCount(3);
        _events.Should().Contain(happened => happened.Contains("CircuitClosed"));
        service.Reset(service.Instances[1]);
        _events.Count(static happened => happened.Contains("CircuitClosed")).Should().Be(1, "there was nothing to reset");
    }

    /// <summary>It came back on probation: one more failure ejected it again, for twice as long.</summary>
    [Fact]
    public void Reset_ForgetsWhatItsRequestsHadAgainstIt()
    {
        BackendService service = Service(3, new OutlierOptions { FailurePercent = 0 });
        Fail(service, 1, times: 5);
        service.Usable.Should().HaveCount(2);
        service.Reset(service.Instances[1]);
        service.Usable.Should().HaveCount(3);

        Fail(service, 1, times: 4);
        service.Usable.Should().HaveCount(3, "four failures are not five");
        Fail(service, 1, times: 1);
        service.Usable.Should().HaveCount(2);
        service.Instances[1].Ejection.Remaining.Should().Be(new OutlierOptions().EjectionTime, "it is as if it were the first time");
    }

    [Fact]
    public void ResetOfAnInstanceThatIsIn_ForgetsItsFailuresInARow()
    {
        BackendService service = Service(3, new OutlierOptions { FailurePercent = 0 });
        Fail(service, 1, times: 4);
        service.Reset(service.Instances[1]);
        Fail(service, 1, times: 4);
        service.Usable.Should().HaveCount(3);
    }

    /// <summary>A configuration that could not be made whole must not stand between those that are used.</summary>
    [Fact]
    public void SuccessorThatIsNeverPutInForce_IsToldNothing_AndTheOneInForceIs()
    {
        BackendService first = Service(3);
        first.PutInForce();
        var second = new BackendService("service", 0, first.Options, _clock, predecessor: first);
        second.PutInForce();
        var refused = new BackendService("service", 0, first.Options, _clock, predecessor: second);
        first.SetOperatorState(first.Instances[0], OperatorState.Drain);
        second.Usable.Should().HaveCount(2);
        refused.Healthy.Should().HaveCount(3);
    }

    [Fact]
    public void WhatIsFoundOutBeforeASuccessorIsInForce_IsKnownToItThen()
    {
        BackendService before = Service(3);
        before.PutInForce();
        var after = new BackendService("service", 0, before.Options, _clock, predecessor: before);
        before.SetOperatorState(before.Instances[0], OperatorState.Drain);
        after.PutInForce();
        after.Usable.Should().HaveCount(2);
    }

    [Fact]
    public void Attempts_AreInTheInstancesFigures_ThoseThatSayNothingAreNot()
    {
        BackendService service = Service(2);
        service.Record(service.Instances[0], default, AttemptResult.Success, TimeSpan.FromMilliseconds(3));
        service.Record(service.Instances[0], default, AttemptResult.Failure, null);
        service.Record(service.Instances[0], default, AttemptResult.Neutral, null);
        (service.Instances[0].Figures.Finished.Value, service.Instances[0].Figures.ServerErrors.Value).Should().Be((2, 1));
        service.Instances[1].Figures.Finished.Value.Should().Be(0);
    }

    [Fact]
    public void AnswerThatBreaksOffAfterItsHeaders_IsOneAttempt_AndOneFailure()
    {
        BackendService service = Service(2);
        Core.Context.GatewayContext context = Given.Context();
        Given.Attempt(context, service);
        context.ReportAttempt(AttemptResult.Success);
        context.ReportAttempt(AttemptResult.Failure);
        (service.Instances[0].Figures.Finished.Value, service.Instances[0].Figures.ServerErrors.Value).Should().Be((1, 1));
        context.ReportAttempt(AttemptResult.Failure);
        service.Instances[0].Figures.ServerErrors.Value.Should().Be(1, "it broke off once");
    }
}
