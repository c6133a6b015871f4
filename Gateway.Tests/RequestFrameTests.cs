using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Reception;
using Gateway.Core.Responses;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests;

public sealed class RequestFrameTests : IAsyncDisposable
{
    private readonly LastingParts _lasting = new(new DnsOptions(), NullLoggerFactory.Instance, TimeProvider.System, new GatewayExtensions());
    private readonly List<AccessLogEntry> _entries = [];
    private readonly FakeExchange _exchange = new(target: "/a?q");

    public async ValueTask DisposeAsync()
    {
        _exchange.Dispose();
        await _lasting.DisposeAsync();
    }

    [Fact]
    public async Task Request_IsNamedAtItsBeginning_AndLoggedOnceAtItsEnd()
    {
        using var spans = new SpanListener(_lasting.Traces);
        RequestFrame frame = Frame();

        GatewayContext context = Open(frame);
        (context.Path, context.CorrelationId, context.TraceParent.Length).Should().Be(("/a", context.CorrelationId, 55));
        context.CorrelationId.Should().NotBeEmpty();
        (_entries.Count, spans.Ended.Count).Should().Be((0, 0));

        await frame.CloseAsync(context);
        await _exchange.StartAsync();
        (_entries.Count, spans.Ended.Count).Should().Be((1, 1));
        _exchange.Headers["X-Correlation-ID"].ToString().Should().Be(context.CorrelationId);
    }

    [Fact]
    public async Task WhatComesOutOfTheStages_IsADefect()
    {
        RequestFrame frame = Frame();
        GatewayContext context = Open(frame);

        frame.Fail(context, new InvalidOperationException("defect"));
        await frame.CloseAsync(context);

        (context.Error, _exchange.Http.Response.StatusCode).Should().Be((GatewayError.Internal, 500));
        _entries.Should().ContainSingle().Which.Error.Should().Be("internal");
    }

    [Fact]
    public async Task ClientThatHasLeft_IsNoDefect()
    {
        RequestFrame frame = Frame();
        GatewayContext context = Open(frame);
        await _exchange.LeaveAsync();

        frame.Fail(context, new OperationCanceledException());

        context.Error.Should().Be(GatewayError.ClientClosed);
    }

    [Fact]
    public void RefusalOfTheServer_IsLoggedWithItsStatus()
    {
        RequestFrame frame = Frame();
        frame.Record(new RequestReception(new ClientAddress([]), TimeProvider.System).OpenRefused(_exchange.Http, 431), 431);
        _entries.Should().ContainSingle().Which.StatusCode.Should().Be(431);
    }

    private RequestFrame Frame() => new(_lasting, static () => false, (in entry) => _entries.Add(entry));

    private GatewayContext Open(RequestFrame frame) => frame.Open(_exchange.Http, new RequestReception(new ClientAddress([]), TimeProvider.System));
}
