using System.Diagnostics.Metrics;
using Gateway.Host.Configuration;
using Gateway.Host.Serving;
using Gateway.Host.Telemetry;
using OpenTelemetry.Metrics;

namespace Gateway.Host.Admin;

/// <summary>The admin port: metrics and health, on a server of its own, so that nothing of it can be reached on the public port.</summary>
internal static class AdminServer
{
    /// <summary>Builds it; the caller starts and stops it.</summary>
    /// <param name="options">Where it listens.</param>
    /// <param name="meter">The one meter whose instruments <c>/metrics</c> shows, with those of the meters that have it as their scope.</param>
    /// <param name="seriesOfRequests">Series that gateway_requests_total may have; beyond its default of 2,000 the exporter would sum up.</param>
    /// <param name="notReady">Why <c>/health/ready</c> is 503, in a word that becomes its status; null when it is 200.</param>
    /// <param name="info">What <c>/admin/v1/info</c> tells.</param>
    /// <param name="revoke">Answers <c>/admin/v1/auth/revoke</c>.</param>
    /// <param name="loggers">For the server's own events.</param>
    public static WebApplication Build(
        AdminOptions options, Meter meter, int seriesOfRequests, Func<string?> notReady, Func<AdminInfo> info, RequestDelegate revoke, ILoggerFactory loggers)
    {
        WebApplicationBuilder builder = EmptyApplication.CreateBuilder(loggers);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(AdminOptions.ParseUrl(options.Url) ?? throw new ArgumentException($"'{options.Url}' is not an admin address.", nameof(options)));
        });
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddGateway(meter, seriesOfRequests)
            .AddPrometheusExporter(static exporter =>
            {
                // The meter's name on every line would be a label that the contract does not have.
                exporter.ScopeInfoEnabled = false;

                // Figures are those of the moment they are asked for; a scrape costs less than a request.
                exporter.ScrapeResponseCacheDurationMilliseconds = 0;
            }));

        WebApplication app = builder.Build();
        app.UseOpenTelemetryPrometheusScrapingEndpoint("/metrics");
        app.Run(http => http.Request.Path.Value == RevokeEndpoint.Path ? revoke(http) : AnswerAsync(http, notReady(), info));
        return app;
    }

    private static Task AnswerAsync(HttpContext http, string? notReady, Func<AdminInfo> info)
    {
        bool reads = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (reads && http.Request.Path.Value == "/admin/v1/info")
        {
            http.Response.ContentType = "application/json";
            http.Response.Headers.CacheControl = "no-store";
            return http.Response.Body.WriteAsync(info().ToJson()).AsTask();
        }

        (int status, string body) = http.Request.Path.Value switch
        {
            "/health" or "/health/live" when reads => (StatusCodes.Status200OK, """{"status":"ok"}"""),
            "/health/ready" when reads && notReady is not null => (StatusCodes.Status503ServiceUnavailable, $$"""{"status":"{{notReady}}"}"""),
            "/health/ready" when reads => (StatusCodes.Status200OK, """{"status":"ready"}"""),
            _ => (StatusCodes.Status404NotFound, """{"status":"not found"}"""),
        };
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(body);
    }
}
