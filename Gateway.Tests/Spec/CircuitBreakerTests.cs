using System.Net;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Spec;

public sealed class CircuitBreakerTests
{
    [Fact]
    public async Task States_AreClosedOpenAndHalfOpen()
    {
        var probe = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var probed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool well = false;
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            if (!Volatile.Read(ref well))
            {
                http.Response.StatusCode = StatusCodes.Status500InternalServerError;
                return;
            }

            probed.TrySetResult();
            await probe.Task;
        });
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 2, Timeout = TimeSpan.FromSeconds(9) } }, instance.Url), clock);

        await ExpectStateAsync(gateway, CircuitState.Closed);
        for (int i = 0; i < 2; i++)
        {
            (await gateway.GetAsync("/")).Dispose();
        }

        await ExpectStateAsync(gateway, CircuitState.Open);
        using HttpResponseMessage refused = await gateway.GetAsync("/").ShouldBeRefusedAsync(HttpStatusCode.ServiceUnavailable, "circuit_open");
        refused.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(9));

        Volatile.Write(ref well, true);
        clock.Advance(TimeSpan.FromSeconds(9));
        Task<HttpResponseMessage> probing = gateway.GetAsync("/");
        await probed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await ExpectStateAsync(gateway, CircuitState.HalfOpen);

        probe.SetResult();
        await probing.ShouldBeOkAsync();
        await ExpectStateAsync(gateway, CircuitState.Closed);
    }

    [Fact]
    public async Task EachInstance_HasABreakerOfItsOwn()
    {
        await using TestInstance ill = await TestInstance.StartAsync(static http =>
        {
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return Task.CompletedTask;
        });
        await using TestInstance well = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 2 } }, ill.Url, well.Url));
        for (int i = 0; i < 4; i++)
        {
            (await gateway.GetAsync("/")).Dispose();
        }

        for (int i = 0; i < 6; i++)
        {
            await gateway.GetAsync("/").ShouldBeOkAsync();
        }

        (ill.Requests, well.Requests).Should().Be((2, 8));
    }

    private static async Task ExpectStateAsync(TestGateway gateway, CircuitState state) =>
        (await gateway.ScrapeAsync()).Should().MatchRegex($"(?m)^gateway_circuit_state\\{{[^}}]*service=\"svc\"[^}}]*\\}} {(int)state}( |$)");
}
