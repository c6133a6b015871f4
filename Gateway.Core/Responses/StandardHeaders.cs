using Gateway.Core.Context;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Responses;

/// <summary>What every response carries, forwarded or our own. Written when the response starts, over what a service may have sent.</summary>
internal sealed class StandardHeaders
{
    private readonly Func<bool> _isDraining;
    private readonly Func<object, Task> _write;

    public StandardHeaders(Func<bool> isDraining)
    {
        _isDraining = isDraining;
        _write = context =>
        {
            Write((GatewayContext)context);
            return Task.CompletedTask;
        };
    }

    public void Register(GatewayContext context) => context.Http.Response.OnStarting(_write, context);

    private void Write(GatewayContext context)
    {
        HttpContext http = context.Http;
        IHeaderDictionary headers = http.Response.Headers;
        headers["X-Correlation-ID"] = context.CorrelationId;
        AppliedLimits.Write(context, headers);

        // An upgraded connection carries no further request; its own end is Proxying's business.
        if (_isDraining() && http.Response.StatusCode != StatusCodes.Status101SwitchingProtocols)
        {
            // HTTP/1.1 reads the header; HTTP/2 and 3 have GOAWAY, which the connection sends when asked to close.
            if (GatewayContext.IsHttp1(http.Request))
            {
                headers.Connection = "close";
            }

            http.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
    }
}
