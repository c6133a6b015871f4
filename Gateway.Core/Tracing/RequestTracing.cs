using Gateway.Core.Context;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Tracing;

/// <summary>Gives a request the names that follow it everywhere. Also one that reception has refused: every response carries its id.</summary>
internal static class RequestTracing
{
    public static void Name(GatewayContext context)
    {
        IHeaderDictionary headers = context.Http.Request.Headers;
        context.CorrelationId = CorrelationId.From(headers[CorrelationId.Header]);
        context.TraceParent = TraceContext.Continue(headers.TraceParent, out bool continued);
        context.TraceIsContinued = continued;
    }
}
