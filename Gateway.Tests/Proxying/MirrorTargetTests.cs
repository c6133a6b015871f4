using System.Net;
using System.Net.Http.Headers;
using Gateway.Core.Backends;
using Gateway.Core.Proxying;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Proxying;

public sealed class MirrorTargetTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly AttemptTimers _timers;
    private readonly CancellationTokenSource _stop = new();
    private readonly BackendService _service;

    public MirrorTargetTests()
    {
        _timers = new AttemptTimers(_clock);
        _service = Given.Service(Given.ServiceOptions(1, 1) with { CircuitBreaker = new() { FailureThreshold = 1 } }, _clock);
    }

    private ServiceInstance Instance => _service.Instances[0];

    public void Dispose()
    {
        _timers.Dispose();
        _stop.Dispose();
    }

    [Theory]
    [InlineData(200, "success", false)]
    [InlineData(404, "success", false)]
    [InlineData(500, "server_error", true)]
    public async Task Answer_CountsForTheInstance(int status, string outcome, bool opensTheCircuit)
    {
        (await AskAsync(_ => Task.FromResult(new HttpResponseMessage((HttpStatusCode)status)))).Should().Be(outcome);
        ShouldHaveGivenAllBack();
        Instance.Breaker.State.Should().Be(opensTheCircuit ? CircuitState.Open : CircuitState.Closed);
    }

    [Fact]
    public async Task RefusedConnection_IsAFailureOfTheInstance()
    {
        (await AskAsync(static _ => throw new HttpRequestException(HttpRequestError.ConnectionError))).Should().Be("failure");
        ShouldHaveGivenAllBack();
        Instance.Breaker.State.Should().Be(CircuitState.Open);
    }

    [Fact]
    public async Task AnswerThatBreaksOff_IsAFailureOfTheInstance()
    {
        (await AskAsync(static _ => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(new Broken()) }))).Should().Be("failure");
        ShouldHaveGivenAllBack();
        Instance.Breaker.State.Should().Be(CircuitState.Open);
    }

    [Fact]
    public async Task SilentInstance_TimesOut()
    {
        Task<string> asking = AskAsync(HangAsync);
        _clock.Advance(TimeSpan.FromSeconds(16));
        (await asking).Should().Be("timeout");
        ShouldHaveGivenAllBack();
        Instance.Breaker.State.Should().Be(CircuitState.Open);
    }

    [Fact]
    public async Task Stop_DropsWhatIsUnderWay_AndSaysNothingOfTheInstance()
    {
        Task<string> asking = AskAsync(HangAsync);
        Instance.InFlight.Should().Be(1);
        await _stop.CancelAsync();
        (await asking).Should().Be("dropped");
        ShouldHaveGivenAllBack();
        Instance.Breaker.State.Should().Be(CircuitState.Closed);
    }

    [Fact]
    public async Task WhereNobodyCanBeAsked_NobodyIs()
    {
        Given.OpenCircuit(Instance);
        (await AskAsync(static _ => throw new NotSupportedException())).Should().Be("no_instance");
        ShouldHaveGivenAllBack();
    }

    [Fact]
    public async Task InstanceThatAsksForAPause_GetsIt()
    {
        (await AskAsync(static _ =>
        {
            var busy = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            busy.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(5));
            return Task.FromResult(busy);
        })).Should().Be("server_error");
        _service.Usable.Should().Equal(_service.Instances[1]);
    }

    [Fact]
    public async Task AnswerWithoutEnd_IsGivenUp()
    {
        using var endless = new Endless();
        (await AskAsync(_ => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(endless) }))).Should().Be("success");
        endless.Given.Should().BeInRange(MirrorTarget.MaxAnswerBytes, MirrorTarget.MaxAnswerBytes + (64 << 10));
    }

    private async Task<string> AskAsync(Func<CancellationToken, Task<HttpResponseMessage>> answer)
    {
        using var handler = new Handler(answer);
        using var connections = new ServiceConnections(new ServiceOptions(), handler);
        var target = new MirrorTarget(_service, connections, Choose, _timers, _stop.Token);
        using var exchange = new FakeExchange();
        using var copy = new MirrorCopy(exchange.Context(), hasBody: false, target.IsHttp2);
        return await target.AskAsync(copy, stripSegments: 0, _clock);
    }

    private (ServiceInstance Instance, CircuitPass Pass)? Choose() =>
        Instance.Breaker.TryEnter(out CircuitPass pass) && Instance.Limit.TryEnter() ? (Instance, pass) : null;

    private void ShouldHaveGivenAllBack() => (Instance.InFlight, Instance.Limit.InFlight).Should().Be((0, 0));

    private static async Task<HttpResponseMessage> HangAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        throw new NotSupportedException();
    }

    private sealed class Handler(Func<CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => answer(cancellationToken);
    }

    private sealed class Broken : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("reset");
    }

    private sealed class Endless : MemoryStream
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Given += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
