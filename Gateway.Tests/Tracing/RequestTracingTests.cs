using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Tracing;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Tracing;

public sealed class RequestTracingTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    private readonly GatewayContext _context = Given.Context();

    [Fact]
    public void ClientsNames_AreTakenOver()
    {
        _context.Http.Request.Headers["X-Correlation-ID"] = "order-42";
        _context.Http.Request.Headers.TraceParent = $"00-{Trace}-00f067aa0ba902b7-01";

        RequestTracing.Name(_context);

        _context.CorrelationId.Should().Be("order-42");
        _context.TraceParent[3..35].Should().Be(Trace);
    }

    [Fact]
    public void RequestWithoutNames_GetsBoth()
    {
        RequestTracing.Name(_context);

        _context.CorrelationId.Should().HaveLength(32);
        _context.TraceParent.Should().HaveLength(55);
    }

    [Fact]
    public async Task RefusedRequest_GetsItsNamesToo()
    {
        await _context.Refuse(GatewayError.BadRequest);

        RequestTracing.Name(_context);

        _context.CorrelationId.Should().NotBeEmpty();
    }
}
