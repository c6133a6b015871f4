using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Telemetry;
using Gateway.Core.Tracing;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Tracing;

public sealed class RequestTracingTests : IDisposable
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    private readonly GatewayContext _context = Given.Context();
    private readonly GatewayTraces _traces = new();

    public void Dispose() => _traces.Dispose();

    [Fact]
    public void ClientsNames_AreTakenOver()
    {
        _context.Http.Request.Headers["X-Correlation-ID"] = "order-42";
        _context.Http.Request.Headers.TraceParent = $"00-{Trace}-00f067aa0ba902b7-01";

        RequestTracing.Name(_context, _traces);

        _context.CorrelationId.Should().Be("order-42");
        _context.TraceParent.Should().BeSameAs(_context.Http.Request.Headers.TraceParent[0], "the gateway has no part in the trace");
        _context.TraceIsContinued.Should().BeTrue();
    }

    [Fact]
    public void RequestWithoutNames_GetsBoth()
    {
        RequestTracing.Name(_context, _traces);

        _context.CorrelationId.Should().HaveLength(32);
        _context.TraceParent.Should().HaveLength(55).And.EndWith("-01", "services that go by their caller do as they would without one");
        _context.TraceIsContinued.Should().BeFalse();
        _context.Spans.Should().BeNull("nobody listens");
    }

    [Theory]
    [InlineData(0, "-00")]
    [InlineData(1, "-01")]
    public void TraceThatBeginsHere_IsSampledByTheRatio_ListenedToOrNot(double ratio, string flags)
    {
        _traces.SampleRatio = ratio;
        RequestTracing.Name(_context, _traces);
        _context.TraceParent.Should().EndWith(flags);
        using var listener = new SpanListener(_traces);

        RequestTracing.Name(_context, _traces);

        _context.TraceParent.Should().EndWith(flags);
        (_context.Spans is not null).Should().Be(ratio > 0);
    }

    [Theory]
    [InlineData(true, 0, "01", true)]
    [InlineData(true, 1, "00", false)]
    [InlineData(false, 0, "01", false)]
    [InlineData(false, 1, "00", true)]
    public void CallersDecision_IsFollowed_IfThePeerIsTrusted(bool isTrusted, double ratio, string flags, bool isTraced)
    {
        using var listener = new SpanListener(_traces);
        _traces.SampleRatio = ratio;
        _context.PeerIsTrusted = isTrusted;
        _context.Http.Request.Headers.TraceParent = $"00-{Trace}-00f067aa0ba902b7-{flags}";

        RequestTracing.Name(_context, _traces);

        (_context.Spans is not null).Should().Be(isTraced);
        _context.TraceParent.Should().StartWith($"00-{Trace}-").And.EndWith(isTraced ? "-01" : "-00");
        _context.TraceIsContinued.Should().BeTrue();
    }

    /// <summary>By chance, whose 10,000 draws miss these bounds once in more than the age of the universe.</summary>
    [Fact]
    public void ClientsTraceId_DecidesNothing()
    {
        _traces.SampleRatio = 0.5;
        using var listener = new SpanListener(_traces, System.Diagnostics.ActivitySamplingResult.AllDataAndRecorded);
        _context.Http.Request.Headers.TraceParent = "00-00000000000000000000000000000001-00f067aa0ba902b7-01";
        int sampled = Enumerable.Range(0, 10_000).Count(_ =>
        {
            RequestTracing.Name(_context, _traces);
            return _context.TraceParent.EndsWith("-01", StringComparison.Ordinal);
        });
        sampled.Should().BeInRange(4_000, 6_000);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    public void RequestThatIsNotTraced_AllocatesWhatItDoesWithoutAListener_AndItsTraceparent(string? sent)
    {
        _context.Http.Request.Headers["X-Correlation-ID"] = "order-42";
        _context.Http.Request.Headers.TraceParent = sent;
        _context.Http.Request.Headers.UserAgent = "curl/8";
        _traces.SampleRatio = 0;
        long unheard = Allocations.Of(() => RequestTracing.Name(_context, _traces));
        using var listener = new SpanListener(_traces);
        long unsampled = Allocations.Of(() => RequestTracing.Name(_context, _traces));

        const int Traceparent = 1_000 * (24 + (2 * 55) + 2);
        unheard.Should().Be(sent is null ? Traceparent : 0);
        unsampled.Should().Be(sent?.EndsWith("-00", StringComparison.Ordinal) == true ? 0 : Traceparent);
    }

    [Fact]
    public async Task RefusedRequest_GetsItsNamesToo()
    {
        await _context.Refuse(GatewayError.BadRequest);

        RequestTracing.Name(_context, _traces);

        _context.CorrelationId.Should().NotBeEmpty();
    }

    [Fact]
    public void WhileSomebodyListens_TheTraceGoesOnUnderTheRequestsSpan()
    {
        using var listener = new SpanListener(_traces);
        _context.Http.Request.Headers.TraceParent = $"00-{Trace}-00f067aa0ba902b7-01";
        _context.Http.Request.Headers.UserAgent = "curl/8";

        RequestTracing.Name(_context, _traces);
        _context.Spans!.End(null, null, null, 200, null);

        System.Diagnostics.Activity span = listener.Ended.Single();
        _context.TraceParent.Should().Be($"00-{Trace}-{span.SpanId}-01");
        _context.TraceIsContinued.Should().BeTrue();
        (span.ParentSpanId.ToHexString(), span.GetTagItem("correlation_id"), span.GetTagItem("user_agent.original")).Should()
            .Be(("00f067aa0ba902b7", _context.CorrelationId, "curl/8"));
    }

    [Fact]
    public void WhileNobodyRecords_TheCallersDecisionGoesOn()
    {
        using var listener = new SpanListener(_traces, System.Diagnostics.ActivitySamplingResult.PropagationData);
        _context.Http.Request.Headers.TraceParent = $"00-{Trace}-00f067aa0ba902b7-01";

        RequestTracing.Name(_context, _traces);

        _context.Spans.Should().BeNull();
        _context.TraceParent.Should().Be($"00-{Trace}-00f067aa0ba902b7-01");
    }

    [Fact]
    public void HealthProbe_HasNoSpan()
    {
        using var listener = new SpanListener(_traces);
        _context.Path = "/health/ready";
        _context.Http.Request.Method = "GET";

        RequestTracing.Name(_context, _traces);

        _context.Spans.Should().BeNull();
        _context.TraceParent.Should().HaveLength(55);
    }
}
