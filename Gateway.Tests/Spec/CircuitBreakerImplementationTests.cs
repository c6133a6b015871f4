using System.Net;
using System.Threading.Channels;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Spec;

/// <summary>The sketch's breaker was racy, counted for ever, saw no HTTP 5xx, blamed the service for clients that left, and let everyone probe.</summary>
public sealed class CircuitBreakerImplementationTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<bool> _waiting = Channel.CreateUnbounded<bool>();
    private TestInstance _service = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _service = await TestInstance.StartAsync(async http =>
        {
            if (http.Request.Path == "/wait")
            {
                _waiting.Writer.TryWrite(true);
                await _go.Task.WaitAsync(http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            http.Response.StatusCode = http.Request.Path == "/fail" ? 503 : 200;
        });
        _gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 5, Timeout = TimeSpan.FromSeconds(30) } }, _service.Url), _clock);
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task Http5xxOfAService_CountsAgainstIt()
    {
        await FailAsync(5);

        using HttpResponseMessage response = await _gateway.GetAsync("/").ShouldBeRefusedAsync(HttpStatusCode.ServiceUnavailable, "circuit_open");
    }

    [Fact]
    public async Task Failures_AreCountedInARowNotForEver()
    {
        for (int round = 0; round < 3; round++)
        {
            await FailAsync(4);
            await _gateway.GetAsync("/").ShouldBeOkAsync();
        }
    }

    [Fact]
    public async Task OpenCircuit_RefusesUntilItsTimeoutAndNotASecondLonger()
    {
        await FailAsync(5);

        _clock.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        using HttpResponseMessage still = await _gateway.GetAsync("/").ShouldBeRefusedAsync(HttpStatusCode.ServiceUnavailable, "circuit_open");
        _clock.Advance(TimeSpan.FromTicks(1));
        await _gateway.GetAsync("/").ShouldBeOkAsync();
    }

    [Fact]
    public async Task HalfOpen_OneOfManyCallersAtOnceGetsThrough()
    {
        await FailAsync(5);
        _clock.Advance(TimeSpan.FromSeconds(30));
        Task<HttpResponseMessage> probe = _gateway.GetAsync("/wait");
        await _waiting.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        HttpResponseMessage[] others = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _gateway.GetAsync("/")));

        others.Should().OnlyContain(static response => response.StatusCode == HttpStatusCode.ServiceUnavailable);
        _service.Requests.Should().Be(6);
        _go.SetResult();
        await probe.ShouldBeOkAsync();
    }

    [Fact]
    public async Task FailedProbe_OpensTheCircuitAgain()
    {
        await FailAsync(5);
        _clock.Advance(TimeSpan.FromSeconds(30));
        await FailAsync(1);

        using HttpResponseMessage refused = await _gateway.GetAsync("/").ShouldBeRefusedAsync(HttpStatusCode.ServiceUnavailable, "circuit_open");
        refused.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task ClientsThatLeave_AreNotTheServicesFault()
    {
        for (int i = 0; i < 6; i++)
        {
            using RawConnection client = await _gateway.ConnectAsync();
            await client.SendAsync($"GET /wait HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: left-{i}\r\n\r\n");
            await _waiting.Reader.ReadAsync().AsTask().WaitAsync(Patience);
            client.Reset();
            (await _gateway.LogLineAsync($"left-{i}")).GetProperty("status_code").GetInt32().Should().Be(499);
        }

        await _gateway.GetAsync("/").ShouldBeOkAsync();
    }

    private async Task FailAsync(int times)
    {
        for (int i = 0; i < times; i++)
        {
            using HttpResponseMessage response = await _gateway.GetAsync("/fail");
            response.Headers.Via.Should().ContainSingle("the service answered, not the gateway");
        }
    }
}
