using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.LoadBalancing;
using Gateway.Core.Resilience;
using Gateway.Core.Telemetry;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.LoadBalancing;

public sealed class RequestRetriesTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly FakeExchange _exchange = new();
    private BackendService _service = Given.Service(1, 1, 1, 1);

    public void Dispose()
    {
        _exchange.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public async Task Attempts_GoEachToAnotherInstance_UpToTheMost()
    {
        Service(new RetryOptions { MaxAttempts = 3, BaseBackoff = TimeSpan.Zero });
        GatewayContext context = Failed();
        await Retries(Fail).RunAsync(context);

        (context.Attempts, context.Error).Should().Be((3, GatewayError.ConnectFailed));
        context.Tried!.Append(context.Instance!).Should().OnlyHaveUniqueItems().And.HaveCount(3);
        _service.RetryBudget.UnderWay.Should().Be(0);
    }

    [Fact]
    public async Task SuccessOfTheSecond_ForgetsTheFailureOfTheFirst()
    {
        Service(new RetryOptions { BaseBackoff = TimeSpan.Zero });
        GatewayContext context = Failed();
        await Retries(static _ => Task.CompletedTask).RunAsync(context);
        (context.Error, context.Detail, context.Attempts).Should().Be((GatewayError.None, null, 2));
        _service.InFlight.Should().Be(0);
    }

    [Fact]
    public async Task WhenNobodyIsLeftAfterTheWait_TheFailureStands()
    {
        Service(new RetryOptions { BaseBackoff = TimeSpan.FromMilliseconds(100) });
        GatewayContext context = Failed();
        Task run = Retries(Fail).RunAsync(context);
        for (int i = 1; i < 4; i++)
        {
            Given.Health(_service, i, HealthStatus.Unhealthy);
        }

        _clock.Advance(TimeSpan.FromMilliseconds(100));
        await run;
        (context.Error, context.Detail, context.Attempts).Should().Be((GatewayError.ConnectFailed, "first", 1));
        _service.RetryBudget.UnderWay.Should().Be(0);
    }

    [Fact]
    public async Task ClientThatLeavesDuringTheWait_EndsIt()
    {
        Service(new RetryOptions { BaseBackoff = TimeSpan.FromSeconds(50), MaximumBackoff = TimeSpan.FromSeconds(50) });
        GatewayContext context = Failed();
        context.Route = new Route("r", 0, new GatewayRouteOptions { Timeouts = new() { Total = TimeSpan.FromHours(1) } }, _service);
        Task run = Retries(Fail).RunAsync(context);
        await _exchange.LeaveAsync();
        await run;
        (context.Error, context.Attempts).Should().Be((GatewayError.ClientClosed, 1));
        _service.RetryBudget.UnderWay.Should().Be(0);
    }

    [Fact]
    public async Task NoTimeLeftOfTheTotal_NoRetry()
    {
        Service(new RetryOptions());
        GatewayContext context = Failed();
        _clock.Advance(TimeSpan.FromSeconds(30));
        await Retries(Fail).RunAsync(context);
        context.Attempts.Should().Be(1);
    }

    [Theory]
    [InlineData("GET", nameof(Retry.IfIdempotent), 2)]
    [InlineData("PUT", nameof(Retry.IfIdempotent), 2)]
    [InlineData("POST", nameof(Retry.IfIdempotent), 1)]
    [InlineData("PATCH", nameof(Retry.IfIdempotent), 1)]
    [InlineData("PURGE", nameof(Retry.IfIdempotent), 1)]
    [InlineData("POST", nameof(Retry.Always), 2)]
    [InlineData("GET", nameof(Retry.Never), 1)]
    public async Task MethodAndFailure_DecideTogether(string method, string retry, int attempts)
    {
        Service(new RetryOptions { BaseBackoff = TimeSpan.Zero });
        _exchange.Http.Request.Method = method;
        GatewayContext context = Failed(Enum.Parse<Retry>(retry));
        await Retries(Fail).RunAsync(context);
        context.Attempts.Should().Be(attempts);
    }

    private void Service(RetryOptions retry) => _service = Given.Service(Given.ServiceOptions(1, 1, 1, 1) with { Retry = retry }, _clock);

    /// <summary>A request whose first attempt, at the first instance, has failed.</summary>
    private GatewayContext Failed(Retry retry = Retry.Always)
    {
        GatewayContext context = _exchange.Context();
        context.Route = new Route("r", 0, new GatewayRouteOptions { Pattern = "/" }, _service);
        ServiceInstance first = _service.Instances[0];
        first.Limit.TryEnter();
        context.BeginAttempt(first, default, _clock.GetTimestamp());
        context.Fail(GatewayError.ConnectFailed, "first", retry);
        context.EndAttempt();
        return context;
    }

    private static Task Fail(GatewayContext context)
    {
        context.Fail(GatewayError.ConnectFailed, "again", Retry.Always);
        return Task.CompletedTask;
    }

    private RequestRetries Retries(GatewayStep next)
    {
        InstanceSelector[] selectors = [new(_service)];
        return new RequestRetries(new SelectionMiddleware(next, selectors, _clock).InvokeAsync, selectors, _metrics, _clock, static () => 0.5);
    }
}
