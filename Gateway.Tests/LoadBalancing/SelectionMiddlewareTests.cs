using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.LoadBalancing;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.LoadBalancing;

public sealed class SelectionMiddlewareTests
{
    private readonly Route _route;
    private readonly GatewayContext _context;

    public SelectionMiddlewareTests()
    {
        ServiceOptions options = Given.ServiceOptions(1) with { CircuitBreaker = new() { FailureThreshold = 1 } };
        _route = new Route("route", 0, new GatewayRouteOptions { Pattern = "/" }, Given.Service(options, new FakeTimeProvider()));
        _context = Given.Context(_route);
    }

    private ServiceInstance Instance => _route.Service.Instances[0];

    [Fact]
    public async Task Attempt_SeesItsInstanceCountedIn_AndLeavesItCountedOut()
    {
        await RunAsync(context =>
        {
            context.Instance.Should().BeSameAs(Instance);
            context.Attempts.Should().Be(1);
            Instance.InFlight.Should().Be(1);
            return Task.CompletedTask;
        });

        Instance.InFlight.Should().Be(0);
    }

    [Fact]
    public async Task FailedAttempt_CountsAgainstTheInstance()
    {
        await RunAsync(static context =>
        {
            context.ReportAttempt(AttemptResult.Failure);
            return Task.CompletedTask;
        });

        Instance.Breaker.State.Should().Be(CircuitState.Open);
    }

    /// <summary>An error answer that then broke off counted as two failures in a row.</summary>
    [Fact]
    public async Task AttemptThatFailsTwice_CountsOnce()
    {
        ServiceOptions options = Given.ServiceOptions(1) with { CircuitBreaker = new() { FailureThreshold = 2 } };
        Route route = new("route", 0, new GatewayRouteOptions { Pattern = "/" }, Given.Service(options));
        SelectionMiddleware stage = new(
            static context =>
            {
                context.ReportAttempt(AttemptResult.Failure);
                context.ReportAttempt(AttemptResult.Failure);
                return Task.CompletedTask;
            },
            [new InstanceSelector(route.Service)],
            TimeProvider.System);

        await RunAsync(stage, Given.Context(route));
        route.Service.Instances[0].Breaker.State.Should().Be(CircuitState.Closed);
        await RunAsync(stage, Given.Context(route));
        route.Service.Instances[0].Breaker.State.Should().Be(CircuitState.Open);
    }

    [Fact]
    public async Task GoodAnswerThatBreaksOff_CountsAsAFailure()
    {
        await RunAsync(static context =>
        {
            context.ReportAttempt(AttemptResult.Success);
            context.ReportAttempt(AttemptResult.Failure);
            return Task.CompletedTask;
        });

        Instance.Breaker.State.Should().Be(CircuitState.Open);
    }

    [Fact]
    public async Task AttemptWithoutAResult_CountsForNothing()
    {
        await RunAsync(static _ => Task.CompletedTask);
        Instance.Breaker.State.Should().Be(CircuitState.Closed);
    }

    [Fact]
    public async Task SlowAttempt_IsCountedOutWhenItEnds()
    {
        var answer = new TaskCompletionSource();
        Task attempt = RunAsync(async context =>
        {
            await answer.Task;
            context.ReportAttempt(AttemptResult.Failure);
        });
        Instance.InFlight.Should().Be(1);
        Instance.Breaker.State.Should().Be(CircuitState.Closed);

        answer.SetResult();
        await attempt;

        Instance.InFlight.Should().Be(0);
        Instance.Breaker.State.Should().Be(CircuitState.Open);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AttemptThatThrows_IsCountedOutAllTheSame(bool atOnce)
    {
        var answer = new TaskCompletionSource();
        Task attempt = Task.Run(() => RunAsync(async context =>
        {
            context.ReportAttempt(AttemptResult.Failure);
            if (!atOnce)
            {
                await answer.Task;
            }

            throw new InvalidOperationException("broken");
        }));
        answer.SetResult();

        await FluentActions.Awaiting(() => attempt).Should().ThrowAsync<InvalidOperationException>();
        Instance.InFlight.Should().Be(0);
        Instance.Breaker.State.Should().Be(CircuitState.Open);
    }

    [Fact]
    public async Task OpenCircuit_Refuses503WithRetryAfter_AndNothingIsAttempted()
    {
        Given.OpenCircuit(Instance);
        await RunAsync(static _ => throw new InvalidOperationException("must not be called"));

        _context.Error.Should().Be(GatewayError.CircuitOpen);
        _context.RetryAfterSeconds.Should().Be(30);
        _context.Attempts.Should().Be(0);
        _context.Instance.Should().BeNull();
    }

    [Fact]
    public async Task NoHealthyInstance_Refuses503WithRetryAfter()
    {
        Given.Health(_route.Service, 0, HealthStatus.Unhealthy);
        await RunAsync(static _ => throw new InvalidOperationException("must not be called"));

        _context.Error.Should().Be(GatewayError.NoHealthyInstance);
        _context.RetryAfterSeconds.Should().BeGreaterThanOrEqualTo(1);
    }

    [Fact]
    public void AttemptThatEndsAtOnce_DoesNotAllocate()
    {
        SelectionMiddleware stage = Stage(static context =>
        {
            context.ReportAttempt(AttemptResult.Success);
            return Task.CompletedTask;
        });
        Allocations.Of(() =>
        {
            stage.InvokeAsync(_context);
            _context.EndAttempt();
        }).Should().Be(0);
    }

    private Task RunAsync(GatewayStep next) => RunAsync(Stage(next), _context);

    /// <summary>As the pipeline does: whatever becomes of the attempt, it ends.</summary>
    private static async Task RunAsync(SelectionMiddleware stage, GatewayContext context)
    {
        try
        {
            await stage.InvokeAsync(context);
        }
        finally
        {
            context.EndAttempt();
        }
    }

    private SelectionMiddleware Stage(GatewayStep next) => new(next, [new InstanceSelector(_route.Service)], TimeProvider.System);
}
