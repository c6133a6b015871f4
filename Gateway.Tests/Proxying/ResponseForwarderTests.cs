using System.Net;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Proxying;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Proxying;

public sealed class ResponseForwarderTests : IDisposable
{
    private readonly AttemptTimers _timers = new(TimeProvider.System);
    private readonly ResponseForwarder _forwarder = new(new ResponseHeaders(ownsCors: false));
    private readonly BackendService _service = Given.Service(Given.ServiceOptions(1) with { CircuitBreaker = new() { FailureThreshold = 1 } });

    public void Dispose() => _timers.Dispose();

    [Fact]
    public async Task WholeAnswer_ReachesTheClient_AndCountsForTheInstance()
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.Created) { Content = new ByteArrayContent("made"u8.ToArray()) };
        (GatewayContext context, FakeExchange exchange) = await ForwardAsync(answer);

        (context.Error, context.BytesOut, exchange.Http.Response.StatusCode, exchange.Written).Should().Be((GatewayError.None, 4L, 201, "made"));
        _service.Instances[0].Breaker.State.Should().Be(CircuitState.Closed);
    }

    [Fact]
    public async Task AnswerToHead_HasItsLengthAndNoBody()
    {
        using var answer = new HttpResponseMessage { Content = new ByteArrayContent("made"u8.ToArray()) };
        answer.Content.Headers.ContentLength = 4;
        (GatewayContext context, FakeExchange exchange) = await ForwardAsync(answer, "HEAD");

        (context.Error, context.BytesOut, exchange.Http.Response.ContentLength, exchange.Written).Should().Be((GatewayError.None, 0L, 4L, ""));
    }

    [Fact]
    public async Task AnswerShorterThanItSays_IsTheServicesFault()
    {
        using var answer = new HttpResponseMessage { Content = new ByteArrayContent("made"u8.ToArray()) };
        answer.Content.Headers.ContentLength = 5;
        (GatewayContext context, _) = await ForwardAsync(answer);

        (context.Error, context.BytesOut).Should().Be((GatewayError.UpstreamReset, 4L));
        _service.Instances[0].Breaker.State.Should().Be(CircuitState.Open);
    }

    [Fact]
    public async Task AnswerWithoutAFinalStatus_IsTheServicesFault()
    {
        using var answer = new HttpResponseMessage((HttpStatusCode)199);
        (GatewayContext context, FakeExchange exchange) = await ForwardAsync(answer);

        (context.Error, exchange.Written).Should().Be((GatewayError.UpstreamBadResponse, ""));
        _service.Instances[0].Breaker.State.Should().Be(CircuitState.Open);
    }

    private async Task<(GatewayContext Context, FakeExchange Exchange)> ForwardAsync(HttpResponseMessage answer, string method = "GET")
    {
        var exchange = new FakeExchange(method);
        GatewayContext context = exchange.Context();
        Given.Attempt(context, _service);
        AttemptTimer timer = _timers.Begin(new TimeoutOptions(), TimeProvider.System.GetTimestamp(), hasBody: false, isGrpc: false, CancellationToken.None);
        await _forwarder.ForwardAsync(context, answer, body: null, timer);
        _timers.Return(timer);
        context.EndAttempt();
        await exchange.EndAsync();
        return (context, exchange);
    }
}
