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
        _context.TraceParent[3..35].Should().Be(Trace);
    }

    [Fact]
    public void RequestWithoutNames_GetsBoth()
    {
        RequestTracing.Name(_context, _traces);

        _context.CorrelationId.Should().HaveLength(32);
        _context.TraceParent.Should().HaveLength(55);
        _context.Spans.Should().BeNull("nobody listens");
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
        _context.TraceParent.Should().StartWith($"00-{Trace}-").And.EndWith("-01").And.NotContain("00f067aa0ba902b7");
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
