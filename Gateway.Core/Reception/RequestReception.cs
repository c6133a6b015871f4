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
        if ((normalized.Problem ?? ProblemOf(request, target)) is { } problem)
        {
            context.Refuse(GatewayError.BadRequest, problem);
        }

        return context;
    }

    /// <summary>What would be read differently by routing, by HttpClient and by the service; null when there is nothing.</summary>
    private static string? ProblemOf(HttpRequest request, string target)
    {
        // RFC 9110 §9.1: methods are case-sensitive. HttpClient sends "post" as POST, which another route may guard.
        if (HttpMethod.Parse(request.Method).Method != request.Method)
        {
            return "The method is a known one in the wrong case.";
        }

        // Kestrel compares the target's authority with Host, but HTTP/1.0 may leave Host out: routes by host would be passed by.
        return target.Length > 0 && target[0] != '/' && !request.Host.HasValue ? "The target names a host, but there is no Host." : null;
    }
}
