using System.Buffers;
using System.Net;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Proxying;
using Gateway.Core.Resilience;
using Gateway.Core.Telemetry;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Proxying;

public sealed class MirrorsTests : IDisposable
{
    private static readonly MirrorOptions Every = new() { Service = "shadow", MaxConcurrent = 10_000 };

    private readonly GatewayMetrics _metrics = new();
    private readonly Readings _readings;
    private readonly AttemptTimers _timers = new(TimeProvider.System);
    private readonly BackendService _primary = Given.Service(1), _shadow = Given.Service(Given.ServiceOptions(1) with { Concurrency = new() { Adaptive = false, MaxPerInstance = 10_000 } });
    private readonly Handler _handler = new();
    private readonly ServiceConnections _connections;

    public MirrorsTests() => (_readings, _connections) = (new Readings(_metrics.Meter), new ServiceConnections(new ServiceOptions(), _handler));

    public void Dispose()
    {
        _connections.Dispose();
        _handler.Dispose();
        _timers.Dispose();
        _readings.Dispose();
        _metrics.Dispose();
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(100, 2_000, 2_000)]
    [InlineData(25, 380, 620)]
    public async Task Percent_IsTheShareThatIsCopied(double percent, int least, int most)
    {
        (GatewayContext context, Mirrors mirrors) = Begun(Every with { Percent = percent });
        for (int i = 0; i < 2_000; i++)
        {
            mirrors.Begin(context, 0);
        }

        (await EndAsync(mirrors)).Sum(static outcome => outcome.Value).Should().BeInRange(least, most);
    }

    [Fact]
    public async Task RouteWithoutAMirror_CopiesNothing()
    {
        (GatewayContext context, Mirrors mirrors) = Begun(null);
        mirrors.Begin(context, 0);
        (await EndAsync(mirrors)).Should().BeEmpty();
    }

    [Fact]
    public async Task ConfigurationThatIsReplaced_LetsItsCopiesEnd()
    {
        (GatewayContext context, Mirrors mirrors) = Begun(Every);
        mirrors.Begin(context, 0);
        await mirrors.FinishAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        (await EndAsync(mirrors)).Should().Equal(("route=route-0 outcome=success", 1));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(30, true)]
    public async Task CopiesOfAReplacedConfiguration_HaveABoundedTime(int seconds, bool isEndOfTheGateway)
    {
        _handler.Hangs = true;
        (GatewayContext context, Mirrors mirrors) = Begun(Every);
        mirrors.Begin(context, 0);
        await mirrors.FinishAsync(TimeSpan.FromSeconds(seconds), new CancellationToken(isEndOfTheGateway));
        (await EndAsync(mirrors)).Should().Equal(("route=route-0 outcome=dropped", 1));
    }

    [Fact]
    public async Task LaterAttempt_IsNotCopiedAgain()
    {
        (GatewayContext context, Mirrors mirrors) = Begun(Every);
        context.TryAgain();
        Given.Attempt(context, _primary);
        mirrors.Begin(context, 0);
        (await EndAsync(mirrors)).Should().BeEmpty();
    }

    [Fact]
    public async Task GrpcCall_IsNotCopied()
    {
        (GatewayContext context, Mirrors mirrors) = Begun(Every, "POST", "HTTP/2", static request => request.ContentType = "application/grpc");
        mirrors.Begin(context, 0);
        (await EndAsync(mirrors)).Should().BeEmpty();
    }

    [Fact]
    public async Task CopiesBeyondTheMost_AreNotSent()
    {
        _handler.Hangs = true;
        (GatewayContext context, Mirrors mirrors) = Begun(Every with { MaxConcurrent = 2 });
        for (int i = 0; i < 5; i++)
        {
            mirrors.Begin(context, 0);
        }

        (await EndAsync(mirrors)).Should().Equal(("route=route-0 outcome=dropped", 2), ("route=route-0 outcome=no_place", 3));
        _shadow.InFlight.Should().Be(0);
    }

    [Fact]
    public async Task BodyThatIsSaidToBeTooLong_IsNotKept()
    {
        (GatewayContext context, Mirrors mirrors) = Begun(Every with { MaxBodyBytes = 3 }, "PUT", change: static request => request.ContentLength = 4);
        mirrors.Begin(context, 0);
        context.Copy.Should().BeNull();
        (await EndAsync(mirrors)).Should().Equal(("route=route-0 outcome=body_too_long", 1));
    }

    [Theory]
    [InlineData("abc", true, "success")]
    [InlineData("", true, "success")]
    [InlineData("abcd", true, "body_too_long")]
    [InlineData("ab", false, "body_incomplete")]
    public async Task BodyOfUnknownLength_IsCopiedIfItIsWholeAndShortEnough(string body, bool ends, string outcome)
    {
        (GatewayContext context, Mirrors mirrors) = Begun(Every with { MaxBodyBytes = 3 }, "PUT", change: static request => request.Headers.TransferEncoding = "chunked");
        mirrors.Begin(context, 0);
        _handler.Bodies.Should().BeEmpty("it leaves when it is whole");

        context.Copy!.Append(new ReadOnlySequence<byte>(System.Text.Encoding.ASCII.GetBytes(body)), ends);
        context.End();

        await _handler.Seen(outcome == "success");
        (await EndAsync(mirrors)).Should().ContainSingle().Which.Labels.Should().EndWith("outcome=" + outcome);
        _handler.Bodies.Should().Equal(outcome == "success" ? [body] : []);
    }

    /// <summary>The primary answered with the last byte, so that nobody saw the body's end.</summary>
    [Fact]
    public async Task BodyOfTheSaidLength_IsWhole()
    {
        (GatewayContext context, Mirrors mirrors) = Begun(Every, "PUT", change: static request => request.ContentLength = 3);
        mirrors.Begin(context, 0);
        context.Copy!.Append(new ReadOnlySequence<byte>("abc"u8.ToArray()), isLast: false);
        context.End();
        await _handler.Seen(true);
        (await EndAsync(mirrors)).Should().Equal(("route=route-0 outcome=success", 1));
        _handler.Bodies.Should().Equal("abc");
    }

    [Fact]
    public async Task AfterTheEnd_NothingIsSentAnyMore()
    {
        (GatewayContext context, Mirrors mirrors) = Begun(Every);
        await EndAsync(mirrors);
        mirrors.Begin(context, 0);
        _readings.Of("gateway_mirrored_requests_total").Should().Equal(("route=route-0 outcome=dropped", 1));
        _handler.Bodies.Should().BeEmpty();
    }

    /// <summary>A request whose first attempt has begun.</summary>
    private (GatewayContext Context, Mirrors Mirrors) Begun(
        MirrorOptions? mirror, string method = "GET", string protocol = "HTTP/1.1", Action<Microsoft.AspNetCore.Http.HttpRequest>? change = null)
    {
        Route route = Given.Route(new GatewayRouteOptions { Mirror = mirror });
        var mirrors = new Mirrors(
            [route], (_, stop) => new MirrorTarget(_shadow, _connections, Choose, _timers, stop), _metrics, TimeProvider.System);
        GatewayContext context = Given.Context(route);
        (context.Http.Request.Method, context.Http.Request.Protocol) = (method, protocol);
        change?.Invoke(context.Http.Request);
        Given.Attempt(context, _primary);
        return (context, mirrors);
    }

    private (ServiceInstance Instance, CircuitPass Pass)? Choose()
    {
        ServiceInstance instance = _shadow.Instances[0];
        return instance.Limit.TryEnter() && instance.Breaker.TryEnter(out CircuitPass pass) ? (instance, pass) : null;
    }

    private async Task<(string Labels, double Value)[]> EndAsync(Mirrors mirrors)
    {
        await mirrors.DisposeAsync();
        return _readings.Of("gateway_mirrored_requests_total");
    }

    private sealed class Handler : HttpMessageHandler
    {
        private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Hangs { get; set; }

        public System.Collections.Concurrent.ConcurrentQueue<string> Bodies { get; } = new();

        public Task Seen(bool isExpected) => isExpected ? _seen.Task.WaitAsync(TimeSpan.FromSeconds(30)) : Task.CompletedTask;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (Hangs)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            Bodies.Enqueue(request.Content is null ? "" : await request.Content.ReadAsStringAsync(CancellationToken.None));
            return new Answer(HttpStatusCode.OK, _seen);
        }
    }

    /// <summary>Tells when it has been read, which is when it is disposed of.</summary>
    private sealed class Answer(HttpStatusCode status, TaskCompletionSource read) : HttpResponseMessage(status)
    {
        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            read.TrySetResult();
        }
    }
}
