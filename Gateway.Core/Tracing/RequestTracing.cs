using System.Diagnostics;
using Gateway.Core.Context;
using Gateway.Core.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Tracing;

/// <summary>Gives a request the names that follow it everywhere. Also one that reception has refused: every response carries its id.</summary>
internal static class RequestTracing
{
    /// <param name="context">The request.</param>
    /// <param name="traces">Begins its span if somebody wants it; then that is what the trace goes on under.</param>
    public static void Name(GatewayContext context, GatewayTraces traces)
    {
        IHeaderDictionary headers = context.Http.Request.Headers;
        context.CorrelationId = CorrelationId.From(headers[CorrelationId.Header]);
        if (!traces.AreListenedTo || context.IsHealthProbe || !BeginSpan(context, traces))
        {
            context.TraceParent = TraceContext.Continue(headers.TraceParent, out bool continued);
            context.TraceIsContinued = continued;
        }
    }

    private static bool BeginSpan(GatewayContext context, GatewayTraces traces)
    {
        HttpRequest request = context.Http.Request;
        IHeaderDictionary headers = request.Headers;
        ActivityContext parent = TraceContext.ParentOf(headers.TraceParent, headers.TraceState);
        string? agent = headers.UserAgent.Count == 0 ? null : headers.UserAgent.ToString();
        context.Spans = traces.Begin(
            new ArrivedRequest(
                request.Method, context.Path, request.Scheme, request.Protocol, context.ClientIpText, agent, context.CorrelationId),
            parent);
        if (context.Spans is null)
        {
            return false;
        }

        (context.TraceParent, context.TraceIsContinued) = (context.Spans.TraceParent, parent != default);
        return true;
    }
}
