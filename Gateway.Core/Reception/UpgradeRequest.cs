using Gateway.Core.Context;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Core.Reception;

/// <summary>Does a request ask to go on in another protocol, and in which?</summary>
internal static class UpgradeRequest
{
    private const string WebSocket = "websocket";

    /// <summary>How the client asks; HTTP/1.1 without <c>Connection: Upgrade</c> does not, and HTTP/1.0, whatever it says, is not to be heard
    /// (RFC 9110 §7.8).</summary>
    public static UpgradeForm FormOf(HttpContext http)
    {
        if (http.Request.Headers.Upgrade.Count > 0 && !HttpProtocol.IsHttp10(http.Request.Protocol) && http.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true)
        {
            return UpgradeForm.Http1;
        }

        return HttpMethods.IsConnect(http.Request.Method) && http.Features.Get<IHttpExtendedConnectFeature>()?.IsExtendedConnect == true
            ? UpgradeForm.ExtendedConnect
            : UpgradeForm.None;
    }

    /// <summary>The first of the protocols asked for that the route passes, as the route spells it; null for none.</summary>
    public static string? Choose(GatewayContext context, Route route)
    {
        if (context.UpgradeForm == UpgradeForm.ExtendedConnect)
        {
            return Passed(route, context.Http.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().Protocol);
        }

        foreach (string? line in context.Http.Request.Headers.Upgrade)
        {
            ReadOnlySpan<char> rest = line;
            foreach (Range token in rest.Split(','))
            {
                // RFC 6455 §4.1: a WebSocket begins with GET.
                if (Passed(route, rest[token].Trim()) is { } protocol && (protocol != WebSocket || HttpMethods.IsGet(context.Method)))
                {
                    return protocol;
                }
            }
        }

        return null;
    }

    private static string? Passed(Route route, ReadOnlySpan<char> asked)
    {
        for (int i = 0; i < route.Upgrades.Count; i++)
        {
            if (asked.Equals(route.Upgrades[i], StringComparison.OrdinalIgnoreCase))
            {
                return asked.Equals(WebSocket, StringComparison.OrdinalIgnoreCase) ? WebSocket : route.Upgrades[i];
            }
        }

        return null;
    }
}
