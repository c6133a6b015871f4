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
    private readonly BackendService _service = Given.Service(
        Given.ServiceOptions(1) with { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = Threshold } });

    private ServiceInstance Instance => _service.Instances[0];

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
        (_context.Attempts, _context.Instance, Instance.InFlight).Should().Be((1, Instance, 1));

        _context.EndAttempt();
        (_context.Attempts, _context.Instance, Instance.InFlight).Should().Be((1, Instance, 0));
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

        Instance.Breaker.State.Should().Be(CircuitState.Open);
    }

    /// <summary>An answer of 500 that then breaks off is one bad attempt, not two.</summary>
    [Fact]
    public void BadAnswerThatBreaksOff_CountsOnce()
    {
        Begin();
        _context.ReportAttempt(AttemptResult.Failure);
        _context.ReportAttempt(AttemptResult.Failure);
        _context.EndAttempt();

        Instance.Breaker.State.Should().Be(CircuitState.Closed);
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
        Instance.Breaker.State.Should().Be(CircuitState.Closed);
        Begin();
        _context.ReportAttempt(AttemptResult.Failure);
        Instance.Breaker.State.Should().Be(CircuitState.Open);
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

        Instance.Breaker.State.Should().Be(CircuitState.Open);
    }

    /// <summary>A probe that nobody reports would hold its place for ever, and the circuit with it.</summary>
    [Fact]
    public void AttemptThatWasNeverReported_GivesItsProbeBack()
    {
        var clock = new TickingClock(1);
        BackendService service = Given.Service(Given.ServiceOptions(1), clock);
        ServiceInstance instance = service.Instances[0];
        Given.OpenCircuit(instance);
        clock.AdvanceSeconds(31);

        Given.Attempt(_context, service);
        instance.Breaker.TryEnter(out _).Should().BeFalse("the one probe is under way");
        _context.EndAttempt();

        instance.Breaker.TryEnter(out _).Should().BeTrue();
    }

    [Fact]
    public void EndOfAnAttempt_CountsOnce_AndWithoutOneNothing()
    {
        BackendService service = Given.Service(1);
        ServiceInstance instance = service.Instances[0];
        _context.EndAttempt();
        Given.Attempt(_context, service);
        (instance.InFlight, instance.Limit.InFlight).Should().Be((1, 1));

        _context.EndAttempt();
        _context.EndAttempt();
        (instance.InFlight, instance.Limit.InFlight).Should().Be((0, 0));
    }

    [Fact]
    public void NextAttempt_EndsTheOneBefore()
    {
        BackendService service = Given.Service(1, 1);
        Given.Attempt(_context, service, 0);
        Given.Attempt(_context, service, 1);

        (service.Instances[0].InFlight, service.Instances[1].InFlight, _context.Attempts).Should().Be((0, 1, 2));
    }

    [Fact]
    public void NewContext_HasRefusedNothingAndNeedsAToken()
    {
        (_context.Error, _context.Auth, _context.Path, _context.Query).Should().Be((GatewayError.None, RouteAuth.Required, "/", ""));
        _context.UpstreamMs.Should().BeNegative("nothing was sent");
    }

    private void Begin() => Given.Attempt(_context, _service);
}
