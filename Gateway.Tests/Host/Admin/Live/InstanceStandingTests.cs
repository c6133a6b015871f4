using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Host.Admin.Live;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Host.Admin.Live;

public sealed class InstanceStandingTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly BackendService _service;
    private readonly ServiceInstance _instance;

    public InstanceStandingTests()
    {
        _service = Given.Service(Given.ServiceOptions(1, 1, 1) with { HealthCheck = new HealthCheckOptions { Fall = 2, Rise = 2 } }, _clock);
        _instance = _service.Instances[0];
    }

    [Fact]
    public void Unchecked_IsUnknown() => Standing().Should().Be(("unknown", "it has not been checked yet"));

    [Fact]
    public void Well_IsOk()
    {
        _service.RecordCheck(_instance, null);
        Standing().Should().Be(("ok", "it passes its checks"));
        InstanceStanding.Of(_instance, hasChecks: false).Should().Be(new InstanceStanding("ok", "nothing speaks against it; it has no health check"));
    }

    [Fact]
    public void FailingChecks_SayWith()
    {
        _service.RecordCheck(_instance, "503");
        Standing().Should().Be(("ok", "it counts as healthy still; the last check failed: 503"));
        _service.RecordCheck(_instance, "no answer within 2 s");
        Standing().Should().Be(("failing", "its checks fail: no answer within 2 s"));
        _service.RecordCheck(_instance, null);
        Standing().Should().Be(("failing", "its checks fail: the last one passed, more must"));
    }

    [Fact]
    public void OpenCircuit_SaysUntilWhen()
    {
        Given.OpenCircuit(_instance);
        Standing().Should().Be(("circuit_open", "requests to it failed in a row; one tries it again in 30 s"));
        _clock.Advance(TimeSpan.FromSeconds(30));
        Standing().Should().Be(("circuit_open", "requests to it failed in a row; the next one tries it again"));
        _instance.Breaker.TryEnter(out _);
        Standing().State.Should().Be("circuit_half_open");
    }

    [Fact]
    public void Ejected_SaysForHowLong()
    {
        for (int i = 0; i < 20; i++)
        {
            _service.Record(_instance, new CircuitPass(-1), AttemptResult.Failure, null);
        }

        Standing().Should().Be(("ejected", "requests to it kept failing; it gets some again in 30 s"));
    }

    [Fact]
    public void Held_SaysThatItAskedForIt()
    {
        _service.Hold(_instance, TimeSpan.FromSeconds(7));
        Standing().Should().Be(("ejected", "it has asked, by Retry-After, for a pause of another 7 s"));
    }

    [Fact]
    public void JustBack_SaysHowMuchItGets()
    {
        _service.RecordCheck(_instance, null);
        _instance.StartSlowly();
        Standing().Should().Be(("slow_start", "it has come back and gets 10 % of its share"));
    }

    [Theory]
    [InlineData(OperatorState.Drain, "draining", "an operator wants no new requests for it; 2 are under way")]
    [InlineData(OperatorState.Down, "down", "an operator has taken it out; 2 are under way")]
    internal void TakenOut_WeighsMostOfAll(OperatorState state, string name, string why)
    {
        Given.OpenCircuit(_instance);
        _instance.Enter();
        _instance.Enter();
        _service.SetOperatorState(_instance, state);
        Standing().Should().Be((name, why));
        _instance.Leave();
        Standing().Why.Should().EndWith("; 1 is under way");
        _instance.Leave();
        Standing().Why.Should().EndWith("; none is under way");
    }

    private (string State, string Why) Standing() => InstanceStanding.Of(_instance, hasChecks: true) is var (state, why) ? (state, why) : default;
}
