using Gateway.Core.Context;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Reception;

/// <summary>The two paths that the public port keeps for itself. They ask nothing of anybody, so that they always answer.</summary>
/// <param name="next">Takes every other request.</param>
/// <param name="requests">Know whether the gateway is leaving.</param>
/// <param name="isStarting">Whether it does not know yet where its services are.</param>
internal sealed class HealthEndpoints(GatewayStep next, InFlightRequests requests, Func<bool> isStarting)
{
    public Task InvokeAsync(GatewayContext context)
    {
        if (!context.IsHealthProbe)
        {
            return next(context);
        }

        return context.Path switch
        {
            "/health" or "/health/live" => Answer(context, StatusCodes.Status200OK, """{"status":"ok"}"""),
            "/health/ready" when requests.IsDraining =>
                Answer(context, StatusCodes.Status503ServiceUnavailable, """{"status":"draining"}"""),
            "/health/ready" when isStarting() =>
                Answer(context, StatusCodes.Status503ServiceUnavailable, """{"status":"starting"}"""),
            _ => Answer(context, StatusCodes.Status200OK, """{"status":"ready"}"""),
        };
    }

    private static Task Answer(GatewayContext context, int status, string body)
    {
        HttpResponse response = context.Http.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.Headers.CacheControl = "no-store";
        response.ContentLength = body.Length;
        return context.Http.Request.Method == HttpMethods.Head ? Task.CompletedTask : response.WriteAsync(body);
    }
}
