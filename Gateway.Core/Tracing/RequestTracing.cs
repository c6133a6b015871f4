using Gateway.Core.Context;
using Gateway.Core.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Tracing;

/// <summary>Gives a request the names that follow it everywhere. Also one that reception has refused: every response carries its id.</summary>
internal static class RequestTracing
{
    /// <summary>The id alone, for what is no gateway: whoever serves the request traces it.</summary>
    public static void NameOnly(GatewayContext context) => context.CorrelationId = CorrelationId.From(context.Http.Request.Headers[CorrelationId.Header]);

    /// <summary>Whether a request is traced is decided before anything is made for it. By <see cref="GatewayTraces.SampleRatio"/>, unless a trusted
    /// proxy has decided: anybody else could have the gateway, and all behind it, record what he likes. A request that is not traced costs what it
    /// costs while nobody listens.</summary>
    /// <param name="context">The request.</param>
    /// <param name="traces">Begins its span if somebody wants it; then that is what the trace goes on under.</param>
    public static void Name(GatewayContext context, GatewayTraces traces)
    {
        NameOnly(context);
        IHeaderDictionary headers = context.Http.Request.Headers;
        string? sent = TraceContext.Read(headers.TraceParent);
        context.TraceIsContinued = sent is not null;
        bool isListenedTo = traces.AreListenedTo && !context.IsHealthProbe;
        bool isOthersDecision = !isListenedTo || traces.SampleRatio is null;
        bool isSampled = isOthersDecision || (sent is not null && context.PeerIsTrusted ? TraceContext.IsSampled(sent) : traces.Draw());
        if (isListenedTo && isSampled && BeginSpan(context, traces, sent))
        {
            return;
        }

        // While nobody listens the gateway has no part in the trace: the caller's goes on untouched, and one that begins here asks the services to do
        // as they would without it.
        context.TraceParent = sent is null ? TraceContext.New(isSampled: !isListenedTo && traces.Draw())
            : isSampled ? TraceContext.Pass(sent)
            : TraceContext.PassUnsampled(sent);
    }

    private static bool BeginSpan(GatewayContext context, GatewayTraces traces, string? sent)
    {
        HttpRequest request = context.Http.Request;
        IHeaderDictionary headers = request.Headers;
        string? agent = headers.UserAgent.Count == 0 ? null : headers.UserAgent.ToString();
        context.Spans = traces.Begin(
            new ArrivedRequest(
                request.Method, context.Path, request.Scheme, request.Protocol, context.ClientIpText, agent, context.CorrelationId),
            TraceContext.ParentOf(sent, headers.TraceState));
        if (context.Spans is null)
        {
            return false;
        }

        context.TraceParent = context.Spans.TraceParent;
        return true;
    }
}
