using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Resilience;

/// <summary>What must hold when many ask at once.</summary>
public sealed class CircuitBreakerRaceTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = new();

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task ManyThreadsAtAHalfOpenCircuit_ExactlyItsProbesGetThrough(int probes)
    {
        for (int round = 0; round < 50; round++)
        {
            CircuitBreaker breaker = Opened(probes);
            _clock.Advance(Timeout);
            int through = 0;
            await Given.OnThreads(8, _ =>
            {
                for (int i = 0; i < 20; i++)
                {
                    if (breaker.TryEnter(out CircuitPass _))
                    {
                        Interlocked.Increment(ref through);
                    }
                }
            });

            through.Should().Be(probes);
        }
    }

    [Fact]
    public async Task ManyThreadsWithProbesThatComeAndGo_NeverHaveMoreUnderWayThanAllowed()
    {
        const int Probes = 3;
        CircuitBreaker breaker = Opened(Probes);
        _clock.Advance(Timeout);
        int underWay = 0, tooMany = 0;
        await Given.OnThreads(8, _ =>
        {
            for (int i = 0; i < 2_000; i++)
            {
                if (breaker.TryEnter(out CircuitPass pass))
                {
                    if (Interlocked.Increment(ref underWay) > Probes)
                    {
                        Interlocked.Increment(ref tooMany);
                    }

                    Interlocked.Decrement(ref underWay);
                    breaker.Record(pass, AttemptResult.Neutral);
                }
            }
        });

        tooMany.Should().Be(0);
        breaker.State.Should().Be(CircuitState.HalfOpen);
    }

    [Fact]
    public async Task ManyThreadsThatFail_OpenItOnce()
    {
        CircuitBreaker breaker = new(new() { FailureThreshold = 100, Timeout = Timeout }, _clock);
        int changes = 0;
        await Given.OnThreads(8, _ =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                if (breaker.TryEnter(out CircuitPass pass) && breaker.Record(pass, AttemptResult.Failure))
                {
                    Interlocked.Increment(ref changes);
                }
            }
        });

        changes.Should().Be(1);
        breaker.State.Should().Be(CircuitState.Open);
    }

    /// <summary>
    /// A caller that came in at the very moment of opening got a pass of the open circuit's generation; its success then closed the
    /// circuit without any probe. The clock is asked in the middle of the change, which is where this caller comes in.
    /// </summary>
    [Theory]
    [InlineData(nameof(AttemptResult.Success))]
    [InlineData(nameof(AttemptResult.Failure))]
    public void CallerInTheMomentOfOpening_DoesNotCountAsAProbe(string result)
    {
        var clock = new InterruptingClock();
        var breaker = new CircuitBreaker(new() { FailureThreshold = 1, Timeout = Timeout }, clock);
        bool entered = false;
        CircuitPass between = default;
        breaker.TryEnter(out CircuitPass pass);
        clock.Interrupt = () => entered = breaker.TryEnter(out between);

        breaker.Record(pass, AttemptResult.Failure);
        clock.Interrupt = null;

        breaker.State.Should().Be(CircuitState.Open);
        entered.Should().BeTrue("else this test shows nothing");
        breaker.Record(between, Enum.Parse<AttemptResult>(result)).Should().BeFalse();
        breaker.State.Should().Be(CircuitState.Open);
    }

    private CircuitBreaker Opened(int probes)
    {
        var breaker = new CircuitBreaker(new() { FailureThreshold = 1, Timeout = Timeout, HalfOpenRequests = probes }, _clock);
        breaker.TryEnter(out CircuitPass pass);
        breaker.Record(pass, AttemptResult.Failure);
        return breaker;
    }

    private sealed class InterruptingClock : TimeProvider
    {
        public Action? Interrupt { get; set; }

        public override long GetTimestamp()
        {
            Interrupt?.Invoke();
            return 0;
        }
    }
}
