using Gateway.Core.Context;
using Gateway.Core.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Core.Reception;

/// <summary>Is it well formed, who is calling? Opens the context that a request carries from here on.</summary>
internal sealed class RequestReception(ClientAddress clients, TimeProvider clock)
{
    /// <summary>Opens the request. When its target is malformed the context is already refused, 400.</summary>
    public GatewayContext Open(HttpContext http)
    {
        var context = new GatewayContext(http, clock.GetTimestamp());
        HttpRequest request = http.Request;
        context.ClientIp = clients.Resolve(http.Connection.RemoteIpAddress, request.Headers["X-Forwarded-For"], out bool trusted);
        context.ClientIpText = context.ClientIp.ToString();
        context.PeerIsTrusted = trusted;

        context.UpgradeForm = UpgradeRequest.FormOf(http);
        string target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        NormalizedTarget normalized = PathNormalizer.Normalize(target);
        (context.Path, context.Query, context.HasEncodedSlash) = (normalized.Path, normalized.Query, normalized.HasEncodedSlash);
        if (normalized.Problem is { } problem)
        {
            context.Refuse(GatewayError.BadRequest, problem);
        }

        return context;
    }
}
