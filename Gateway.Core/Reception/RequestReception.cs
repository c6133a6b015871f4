using Gateway.Core.Context;
using Gateway.Core.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Core.Reception;

/// <summary>Is it well formed, who is calling? Opens the context that a request carries from here on.</summary>
/// <param name="clients">Knows whose word counts.</param>
/// <param name="clock">Where time comes from.</param>
/// <param name="isWithinApplication">Whether an application may have changed the request on its way here.</param>
internal sealed class RequestReception(ClientAddress clients, TimeProvider clock, bool isWithinApplication = false)
{
    /// <summary>The target of an OPTIONS that asks about the server as a whole (RFC 9112 §3.2.4).</summary>
    private const string Asterisk = "*";

    /// <summary>Opens the request. When its form is wrong the context is already refused, 400 or 405.</summary>
    public GatewayContext Open(HttpContext http)
    {
        GatewayContext context = Begin(http);
        RequestForm.Check(context);
        context.UpgradeForm = UpgradeRequest.FormOf(http);
        string target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.Length == 0 && isWithinApplication)
        {
            // Servers for tests leave it out.
            target = ApplicationTarget.Written(http.Request.PathBase + http.Request.Path) + http.Request.QueryString.ToUriComponent();
        }

        if (target == Asterisk && HttpMethods.IsOptions(http.Request.Method))
        {
            context.Path = Asterisk;
        }
        else if ((ReadTarget(context, target) ?? RequestForm.AmbiguityOf(http.Request, target)) is { } problem)
        {
            context.Refuse(GatewayError.BadRequest, problem);
        }

        return context;
    }

    /// <summary>Opens a request that the server refused before it was one of ours: it may lack any part, and is never forwarded.</summary>
    /// <param name="http">What the server had read of it.</param>
    /// <param name="status">The status of the server's own answer.</param>
    public GatewayContext OpenRefused(HttpContext http, int status)
    {
        GatewayContext context = Begin(http);
        context.Refuse(GatewayErrors.OfServerStatus(status));
        ReadTarget(context, http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "");
        return context;
    }

    private GatewayContext Begin(HttpContext http)
    {
        var context = new GatewayContext(http, clock.GetTimestamp());
        System.Net.IPAddress? peer = http.Connection.RemoteIpAddress;
        context.ClientIp = clients.Resolve(peer, http.Request.Headers, out bool trusted);
        context.ClientIpText = trusted ? context.ClientIp.ToString() : context.Connection.TextOf(peer, context.ClientIp);
        context.PeerIsTrusted = trusted;
        context.Forwarded = trusted ? ForwardedHeader.WellFormed(http.Request.Headers[ForwardedHeader.Name]) : null;
        return context;
    }

    private string? ReadTarget(GatewayContext context, string target)
    {
        NormalizedTarget normalized = PathNormalizer.Normalize(target);
        if (isWithinApplication && normalized.Problem is null && ApplicationTarget.Of(context.Http.Request, normalized) is { } changed)
        {
            normalized = PathNormalizer.Normalize(changed);
            if (normalized.Problem is null && normalized.Path + normalized.Query != changed)
            {
                // What the application has judged, and serves, is the path with its dots: another must not be judged here.
                normalized = normalized with { Problem = "The path that the application has made of the target has a dot segment." };
            }
        }

        (context.Path, context.Query, context.HasEncodedSlash) = (normalized.Path, normalized.Query, normalized.HasEncodedSlash);
        return normalized.Problem;
    }
}
