using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Resilience;

public sealed class CircuitBreakerTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void FreshCircuit_IsClosed()
    {
        CircuitBreaker breaker = Breaker();
        breaker.State.Should().Be(CircuitState.Closed);
        breaker.TryEnter(out _).Should().BeTrue();
        breaker.RetryAfter().Should().Be(TimeSpan.Zero);
    }

    [Fact]
    public void FailuresInARow_OpenItAtTheThreshold()
    {
        CircuitBreaker breaker = Breaker();
        Attempt(breaker, AttemptResult.Failure).Should().BeFalse();
        Attempt(breaker, AttemptResult.Failure).Should().BeFalse();
        breaker.State.Should().Be(CircuitState.Closed);

        Attempt(breaker, AttemptResult.Failure).Should().BeTrue("that changed the state");

        breaker.State.Should().Be(CircuitState.Open);
        breaker.TryEnter(out _).Should().BeFalse();
    }

    [Fact]
    public void OpenCircuitThatIsHastened_LetsAProbeThroughAtOnce()
    {
        CircuitBreaker breaker = Breaker();
        breaker.Hasten();
        breaker.State.Should().Be(CircuitState.Closed, "there is nothing to hasten");
        for (int i = 0; i < 3; i++)
        {
            Attempt(breaker, AttemptResult.Failure);
        }

        breaker.Hasten();
        breaker.State.Should().Be(CircuitState.HalfOpen);
        Attempt(breaker, AttemptResult.Success).Should().BeTrue();
        breaker.State.Should().Be(CircuitState.Closed);
    }

    [Fact]
    public void Success_ForgetsTheFailuresBeforeIt()
    {
        CircuitBreaker breaker = Breaker();
        for (int i = 0; i < 10; i++)
        {
            Attempt(breaker, AttemptResult.Failure);
            Attempt(breaker, AttemptResult.Failure);
            Attempt(breaker, AttemptResult.Success);
        }

        breaker.State.Should().Be(CircuitState.Closed);
    }

    [Fact]
    public void NeutralResult_NeitherCountsNorForgets()
    {
        CircuitBreaker breaker = Breaker();
        Attempt(breaker, AttemptResult.Failure);
        Attempt(breaker, AttemptResult.Failure);
        for (int i = 0; i < 10; i++)
        {
            Attempt(breaker, AttemptResult.Neutral);
        }

        breaker.State.Should().Be(CircuitState.Closed);
        Attempt(breaker, AttemptResult.Failure);
        breaker.State.Should().Be(CircuitState.Open);
    }

    [Fact]
    public void OpenCircuit_RefusesUntilItsTimeoutHasPassed()
    {
        CircuitBreaker breaker = Opened();
        breaker.RetryAfter().Should().Be(Timeout);

        _clock.Advance(Timeout - TimeSpan.FromTicks(1));
        breaker.TryEnter(out _).Should().BeFalse();
        breaker.RetryAfter().Should().Be(TimeSpan.FromTicks(1));

        _clock.Advance(TimeSpan.FromTicks(1));
        breaker.TryEnter(out _).Should().BeTrue();
        breaker.State.Should().Be(CircuitState.HalfOpen);
    }

    /// <summary>It was negative once nobody had asked for a while, and so went into headers as a time in the past.</summary>
    [Fact]
    public void RetryAfter_IsNeverNegative()
    {
        CircuitBreaker breaker = Opened();
        _clock.Advance(Timeout * 3);
        breaker.RetryAfter().Should().Be(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void HalfOpenCircuit_LetsOnlyItsProbesThrough(int probes)
    {
        CircuitBreaker breaker = HalfOpen(probes);
        for (int i = 0; i < probes; i++)
        {
            breaker.TryEnter(out _).Should().BeTrue();
        }

        breaker.TryEnter(out _).Should().BeFalse();
        breaker.RetryAfter().Should().Be(TimeSpan.Zero);
    }

    [Fact]
    public void AllProbesPassed_ClosesIt()
    {
        CircuitBreaker breaker = HalfOpen(probes: 3);
        Attempt(breaker, AttemptResult.Success).Should().BeFalse();
        Attempt(breaker, AttemptResult.Success).Should().BeFalse();
        breaker.State.Should().Be(CircuitState.HalfOpen);

        Attempt(breaker, AttemptResult.Success).Should().BeTrue();

        breaker.State.Should().Be(CircuitState.Closed);
        Attempt(breaker, AttemptResult.Failure);
        Attempt(breaker, AttemptResult.Failure);
        breaker.State.Should().Be(CircuitState.Closed, "it counts from zero again");
    }

    [Fact]
    public void OneFailedProbe_OpensItForAnotherTimeout()
    {
        CircuitBreaker breaker = HalfOpen(probes: 3);
        Attempt(breaker, AttemptResult.Success);
        _clock.Advance(TimeSpan.FromSeconds(5));

        Attempt(breaker, AttemptResult.Failure).Should().BeTrue();

        breaker.State.Should().Be(CircuitState.Open);
        breaker.RetryAfter().Should().Be(Timeout);
    }

    [Fact]
    public void NeutralProbe_FreesItsPlace()
    {
        CircuitBreaker breaker = HalfOpen(probes: 1);
        Attempt(breaker, AttemptResult.Neutral).Should().BeFalse();
        breaker.State.Should().Be(CircuitState.HalfOpen);

        breaker.TryEnter(out CircuitPass pass).Should().BeTrue();
        breaker.Record(pass, AttemptResult.Success).Should().BeTrue();
        breaker.State.Should().Be(CircuitState.Closed);
    }

    [Theory]
    [InlineData(nameof(AttemptResult.Success))]
    [InlineData(nameof(AttemptResult.Failure))]
    [InlineData(nameof(AttemptResult.Neutral))]
    public void LateResultFromBeforeItOpened_IsIgnored(string result)
    {
        AttemptResult late = Enum.Parse<AttemptResult>(result);
        CircuitBreaker breaker = Breaker();
        breaker.TryEnter(out CircuitPass old);
        Open(breaker);

        breaker.Record(old, late).Should().BeFalse();
        breaker.State.Should().Be(CircuitState.Open);

        _clock.Advance(Timeout);
        breaker.TryEnter(out CircuitPass probe).Should().BeTrue();
        breaker.Record(old, late).Should().BeFalse();
        breaker.State.Should().Be(CircuitState.HalfOpen);
        breaker.TryEnter(out _).Should().BeFalse("the late result must not have freed the probe's place");
        breaker.Record(probe, AttemptResult.Success).Should().BeTrue();
    }

    [Fact]
    public void LateProbesOfAnEarlierHalfOpenTime_AreIgnored()
    {
        CircuitBreaker breaker = HalfOpen(probes: 2);
        breaker.TryEnter(out CircuitPass late);
        Attempt(breaker, AttemptResult.Failure);
        _clock.Advance(Timeout);
        breaker.TryEnter(out _).Should().BeTrue();

        breaker.Record(late, AttemptResult.Failure).Should().BeFalse();

        breaker.State.Should().Be(CircuitState.HalfOpen);
    }

    [Fact]
    public void LateFailuresAfterItClosedAgain_DoNotCount()
    {
        CircuitBreaker breaker = Breaker(threshold: 1);
        breaker.TryEnter(out CircuitPass old);
        Open(breaker);
        _clock.Advance(Timeout);
        Attempt(breaker, AttemptResult.Success);

        breaker.Record(old, AttemptResult.Failure).Should().BeFalse();

        breaker.State.Should().Be(CircuitState.Closed);
    }

    [Fact]
    public void Reset_ClosesItAndForgetsEverything()
    {
        CircuitBreaker breaker = Breaker();
        breaker.TryEnter(out CircuitPass old);
        Open(breaker);

        breaker.Reset();

        breaker.State.Should().Be(CircuitState.Closed);
        breaker.Record(old, AttemptResult.Failure).Should().BeFalse();
        Attempt(breaker, AttemptResult.Failure);
        Attempt(breaker, AttemptResult.Failure);
        breaker.State.Should().Be(CircuitState.Closed);
    }

    [Fact]
    public void ClosedCircuit_DoesNotAllocate()
    {
        var breaker = new CircuitBreaker(new(), TimeProvider.System);
        Allocations.Of(() =>
        {
            breaker.TryEnter(out CircuitPass pass);
            breaker.Record(pass, AttemptResult.Success);
            breaker.TryEnter(out pass);
            breaker.Record(pass, AttemptResult.Neutral);
        }).Should().Be(0);
    }

    [Fact]
    public void OpenCircuit_DoesNotAllocate()
    {
        var breaker = new CircuitBreaker(new() { FailureThreshold = 1, Timeout = Timeout }, TimeProvider.System);
        Open(breaker);
        Allocations.Of(() => breaker.TryEnter(out _)).Should().Be(0);
    }

    private CircuitBreaker Breaker(int threshold = 3, int probes = 1) =>
        new(new() { FailureThreshold = threshold, Timeout = Timeout, HalfOpenRequests = probes }, _clock);

    private CircuitBreaker Opened(int probes = 1)
    {
        CircuitBreaker breaker = Breaker(probes: probes);
        Open(breaker);
        return breaker;
    }

    private CircuitBreaker HalfOpen(int probes)
    {
        CircuitBreaker breaker = Opened(probes);
        _clock.Advance(Timeout);
        return breaker;
    }

    private static void Open(CircuitBreaker breaker)
    {
        while (breaker.State != CircuitState.Open)
        {
            Attempt(breaker, AttemptResult.Failure);
        }
    }

    private static bool Attempt(CircuitBreaker breaker, AttemptResult result)
    {
        breaker.TryEnter(out CircuitPass pass).Should().BeTrue();
        return breaker.Record(pass, result);
    }

    [Fact]
    public void ThresholdsOutOfBounds_AreRefused() =>
        FluentActions.Invoking(() => new CircuitBreaker(new CircuitBreakerOptions { FailureThreshold = 0, Timeout = TimeSpan.Zero })).Should()
            .Throw<ArgumentException>().WithMessage("*FailureThreshold: 0 is out of range*Timeout: 00:00:00 is out of range*");
}
