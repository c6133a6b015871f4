using Gateway.Core.Context;
using Gateway.Core.Reception;
using Gateway.Core.Responses;
using Gateway.Core.Tracing;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core;

/// <summary>What every request passes that the gateway answers for, whichever way it takes: opened and named first, ended, answered and logged last.
/// Safe from any thread.</summary>
/// <param name="lasting">Traces, metrics and log.</param>
/// <param name="isDraining">Whether clients are asked to close their connections.</param>
/// <param name="log">Gets one entry per finished request.</param>
internal sealed class RequestFrame(LastingParts lasting, Func<bool> isDraining, AccessLog log)
{
    private readonly StandardHeaders _headers = new(isDraining);
    private readonly ResponseCompletion _completion = new(lasting.Metrics, log, lasting.Clock);

    /// <summary>The request as the stages take it; refused already if its form is wrong.</summary>
    public GatewayContext Open(HttpContext http, RequestReception reception)
    {
        GatewayContext context = reception.Open(http);
        RequestTracing.Name(context, lasting.Traces);
        _headers.Register(context);
        return context;
    }

    /// <summary>Something came out of the stages that none of them answers for.</summary>
    public void Fail(GatewayContext context, Exception failure) => _ = context.Refuse(PipelineLog.ErrorOf(lasting.Log, failure, context));

    /// <summary>The stages have returned.</summary>
    public Task CloseAsync(GatewayContext context)
    {
        context.End();
        return _completion.FinishAsync(context);
    }

    /// <summary>A request that the server has refused by itself: named, counted and logged.</summary>
    public void Record(GatewayContext context, int status)
    {
        RequestTracing.Name(context, lasting.Traces);
        _completion.Record(context, status, status);
    }
}
