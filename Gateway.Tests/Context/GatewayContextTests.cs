using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Context;

public sealed class GatewayContextTests
{
    private const int Threshold = 2;

    private readonly GatewayContext _context = Given.Context();
    private readonly ServiceInstance _instance = Given.Service(
        Given.ServiceOptions(1) with { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = Threshold } }).Instances[0];

    [Fact]
    public async Task FirstRefusal_Stands()
    {
        await _context.Refuse(GatewayError.RateLimited, "the first", TimeSpan.FromSeconds(3));
        await _context.Refuse(GatewayError.Internal, "the second", TimeSpan.FromSeconds(9));

        (_context.Error, _context.Detail, _context.RetryAfterSeconds).Should().Be((GatewayError.RateLimited, "the first", 3));
    }

    [Theory]
    [InlineData(-1_000, 1)]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1_000, 1)]
    [InlineData(1_001, 2)]
    [InlineData(29_999, 30)]
    public async Task RetryAfter_IsRoundedUpToWholeSecondsAndAtLeastOne(int milliseconds, int seconds)
    {
        await _context.Refuse(GatewayError.CircuitOpen, retryAfter: TimeSpan.FromMilliseconds(milliseconds));
        _context.RetryAfterSeconds.Should().Be(seconds);
    }

    [Fact]
    public async Task EndlessRetryAfter_IsTheLargestNumber()
    {
        await _context.Refuse(GatewayError.CircuitOpen, retryAfter: TimeSpan.MaxValue);
        _context.RetryAfterSeconds.Should().Be(int.MaxValue);
    }

    [Fact]
    public async Task RefusalWithoutRetryAfter_HasNone()
    {
        await _context.Refuse(GatewayError.NoRoute);
        (_context.RetryAfterSeconds, _context.Detail).Should().Be((null, null));
    }

    [Fact]
    public void Refusing_CompletesAtOnce() => _context.Refuse(GatewayError.NoRoute).IsCompletedSuccessfully.Should().BeTrue();

    [Fact]
    public void Attempt_CountsAgainstItsInstanceWhileItLasts()
    {
        Begin();
        (_context.Attempts, _context.Instance, _instance.InFlight).Should().Be((1, _instance, 1));

        _context.EndAttempt();
        (_context.Attempts, _context.Instance, _instance.InFlight).Should().Be((1, _instance, 0));
    }

    [Fact]
    public void Failures_ReachTheInstancesBreaker()
    {
        for (int i = 0; i < Threshold; i++)
        {
            Begin();
            _context.ReportAttempt(AttemptResult.Failure);
            _context.EndAttempt();
        }

        _instance.Breaker.State.Should().Be(CircuitState.Open);
    }

    /// <summary>An answer of 500 that then breaks off is one bad attempt, not two.</summary>
    [Fact]
    public void BadAnswerThatBreaksOff_CountsOnce()
    {
        Begin();
        _context.ReportAttempt(AttemptResult.Failure);
        _context.ReportAttempt(AttemptResult.Failure);
        _context.EndAttempt();

        _instance.Breaker.State.Should().Be(CircuitState.Closed);
    }

    [Fact]
    public void GoodAnswerThatBreaksOff_CountsAsAFailure()
    {
        for (int i = 0; i < Threshold; i++)
        {
            Begin();
            _context.ReportAttempt(AttemptResult.Success);
            _context.ReportAttempt(AttemptResult.Failure);
            _context.EndAttempt();
        }

        // Each attempt's success forgets the failures before it: the last failure alone is remembered.
        _instance.Breaker.State.Should().Be(CircuitState.Closed);
        Begin();
        _context.ReportAttempt(AttemptResult.Failure);
        _instance.Breaker.State.Should().Be(CircuitState.Open);
    }

    [Fact]
    public void SuccessOrNothingAfterAFailure_DoesNotUndoIt()
    {
        for (int i = 0; i < Threshold; i++)
        {
            Begin();
            _context.ReportAttempt(AttemptResult.Failure);
            _context.ReportAttempt(AttemptResult.Success);
            _context.ReportAttempt(AttemptResult.Neutral);
            _context.EndAttempt();
        }

        _instance.Breaker.State.Should().Be(CircuitState.Open);
    }

    /// <summary>A probe that nobody reports would hold its place for ever, and the circuit with it.</summary>
    [Fact]
    public void AttemptThatWasNeverReported_GivesItsProbeBack()
    {
        var clock = new TickingClock(1);
        ServiceInstance instance = Given.Service(Given.ServiceOptions(1), clock).Instances[0];
        Given.OpenCircuit(instance);
        clock.AdvanceSeconds(31);
        instance.Breaker.TryEnter(out CircuitPass probe).Should().BeTrue();

        _context.BeginAttempt(instance, probe);
        instance.Breaker.TryEnter(out _).Should().BeFalse("the one probe is under way");
        _context.EndAttempt();

        instance.Breaker.TryEnter(out _).Should().BeTrue();
    }

    [Fact]
    public void EndOfAnAttempt_CountsOnce_AndWithoutOneNothing()
    {
        ServiceInstance instance = Given.Service(1).Instances[0];
        _context.EndAttempt();
        _context.BeginAttempt(instance, default);
        instance.InFlight.Should().Be(1);

        _context.EndAttempt();
        _context.EndAttempt();
        instance.InFlight.Should().Be(0);
    }

    [Fact]
    public void NextAttempt_EndsTheOneBefore()
    {
        ServiceInstance first = Given.Service(1).Instances[0], second = Given.Service(1).Instances[0];
        _context.BeginAttempt(first, default);
        _context.BeginAttempt(second, default);

        (first.InFlight, second.InFlight, _context.Attempts).Should().Be((0, 1, 2));
    }

    [Fact]
    public void NewContext_HasRefusedNothingAndNeedsAToken()
    {
        (_context.Error, _context.Auth, _context.Path, _context.Query).Should().Be((GatewayError.None, RouteAuth.Required, "/", ""));
        _context.UpstreamMs.Should().BeNegative("nothing was sent");
    }

    private void Begin()
    {
        _instance.Breaker.TryEnter(out CircuitPass pass).Should().BeTrue();
        _context.BeginAttempt(_instance, pass);
    }
}
