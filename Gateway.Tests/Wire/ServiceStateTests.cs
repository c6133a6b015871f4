using System.Net;
using System.Text.Json;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>What the gateway comes to believe about instances: circuits, health, and whom a failure is blamed on.</summary>
public sealed class ServiceStateTests
{
    [Fact]
    public async Task FiveFailuresInARow_OpenTheCircuitAndAProbeClosesItAgain()
    {
        bool well = false;
        await using TestInstance instance = await TestInstance.StartAsync(http =>
        {
            http.Response.StatusCode = Volatile.Read(ref well) ? 200 : 500;
            return Task.CompletedTask;
        });
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 5, Timeout = TimeSpan.FromSeconds(7) } }, instance.Url), clock);

        for (int i = 0; i < 5; i++)
        {
            using HttpResponseMessage failed = await gateway.GetAsync("/");
            failed.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        }

        HttpResponseMessage refused = await gateway.GetAsync("/");
        refused.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(7));
        await Problems.ExpectAsync(gateway, refused, HttpStatusCode.ServiceUnavailable, "circuit_open");
        instance.Requests.Should().Be(5);

        Volatile.Write(ref well, true);
        clock.Advance(TimeSpan.FromSeconds(7));
        using HttpResponseMessage probe = await gateway.GetAsync("/");
        using HttpResponseMessage after = await gateway.GetAsync("/");
        probe.StatusCode.Should().Be(HttpStatusCode.OK);
        after.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task AnswersThatBreakOff_OpenTheCircuitLikeOtherFailures()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
            connection.Reset();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 2 } }, instance.Url));
        for (int i = 0; i < 2; i++)
        {
            using RawConnection client = await gateway.ConnectAsync();
            await client.SendAsync($"GET / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: cut{i}\r\n\r\n");
            await client.ReadToEndAsync();
            await gateway.LogLineAsync($"cut{i}");
        }

        await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.ServiceUnavailable, "circuit_open");
    }

    [Fact]
    public async Task ClientTooSlowWithItsBody_Is408AndDoesNotCountAgainstTheService()
    {
        await using var instance = new ScriptedInstance(async connection =>
        {
            await connection.ReadUntilAsync("\r\n\r\n");
            await connection.ReadToEndAsync();
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions
            {
                CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1 },
                Timeouts = new TimeoutOptions { Total = TimeSpan.FromMilliseconds(50) },
            },
            instance.Url));
        using RawConnection client = await gateway.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: slow\r\nContent-Length: 10\r\n\r\nabc");
        (string head, string body) = await client.ReadResponseAsync();

        head.Should().StartWith("HTTP/1.1 408 ");
        body.Should().Contain("\"reason\":\"bad_request\"");
        gateway.Circuit.Should().Be(CircuitState.Closed);
    }

    [Fact]
    public async Task ClientThatLeaves_IsPropagatedToTheServiceAndDoesNotCountAgainstIt()
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            if (http.Request.Path == "/wait")
            {
                http.RequestAborted.Register(left.SetResult);
                arrived.SetResult();
                await left.Task;
            }
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1 } }, instance.Url));
        using (RawConnection client = await gateway.ConnectAsync())
        {
            await client.SendAsync("GET /wait HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: gone\r\n\r\n");
            await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));
            client.Reset();
        }

        await left.Task.WaitAsync(TimeSpan.FromSeconds(30));
        JsonElement line = await gateway.LogLineAsync("gone");
        line.GetProperty("status_code").GetInt32().Should().Be(499);
        line.GetProperty("error").GetString().Should().Be("client_closed");
        using HttpResponseMessage next = await gateway.GetAsync("/");
        next.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task UnhealthyService_Returns503NoHealthyInstance()
    {
        await using TestInstance instance = await TestInstance.StartAsync(http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { HealthCheck = new HealthCheckOptions { Fall = 1 } }, instance.Url), clock);
        while (gateway.Pipeline.Parts.Services[0].Healthy.Length > 0)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.ServiceUnavailable, "no_healthy_instance");
    }
}
