using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Gateway.Host.Configuration;
using Gateway.Host.Serving;
using Gateway.Host.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Gateway.Host.Admin;

/// <summary>The admin port: dashboard, metrics and health, on a server of its own, so that nothing of it can be reached on the public port.</summary>
internal static class AdminServer
{
    /// <summary>Count: dashboards take one or two each, scrapers and probes one.</summary>
    internal const int MostConnections = 256;

    /// <summary>How long a connection may wait for its next request, and a request for the end of its head.</summary>
    internal static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(30), LongestHead = TimeSpan.FromSeconds(5);

    /// <summary>Bytes, where nothing less is said.</summary>
    internal const int MostBody = 64 * 1024;

    /// <summary>Bytes of an answer that the system keeps for who does not read; its own measure is megabytes, and some viewers' minutes.</summary>
    private const int SendBuffer = 64 * 1024;

    /// <summary>Builds it; the caller starts and stops it.</summary>
    /// <param name="options">Where it listens.</param>
    /// <param name="telemetry">What the service is called, in <c>target_info</c>.</param>
    /// <param name="meter">The one meter whose instruments <c>/metrics</c> shows, with those of the meters that have it as their scope.</param>
    /// <param name="seriesOfRequests">Series that gateway_requests_total may have; beyond its default of 2,000 the exporter would sum up.</param>
    /// <param name="notReady">Why <c>/health/ready</c> is 503, in a word that becomes its status; null when it is 200.</param>
    /// <param name="api">Answers everything else.</param>
    /// <param name="loggers">For the server's own events.</param>
    public static WebApplication Build(
        AdminOptions options, TelemetryOptions telemetry, Meter meter, int seriesOfRequests, Func<string?> notReady, RequestDelegate api, ILoggerFactory loggers)
    {
        WebApplicationBuilder builder = EmptyApplication.CreateBuilder(loggers);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Limits.MaxRequestBodySize = MostBody;

            // There are few places, and they need no token.
            kestrel.Limits.KeepAliveTimeout = LongestIdle;
            kestrel.Limits.RequestHeadersTimeout = LongestHead;
            kestrel.Listen(AdminOptions.ParseUrl(options.Url) ?? throw new ArgumentException($"'{options.Url}' is not an admin address.", nameof(options)));
        });
        builder.WebHost.UseSockets(static sockets => sockets.CreateBoundListenSocket = static endpoint =>
        {
            // What is accepted has the listener's.
            Socket listener = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            listener.SendBufferSize = SendBuffer;
            return listener;
        });
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .ConfigureResource(resource => resource.AddService(
                telemetry.ServiceName,
                serviceVersion: AdminInfo.OwnVersion,
                autoGenerateServiceInstanceId: false, // A scraper has a label of its own for the instance.
                serviceInstanceId: telemetry.InstanceId))
            .AddGateway(meter, seriesOfRequests)
            .AddPrometheusExporter(static exporter =>
            {
                // The meter's name on every line would be a label that the contract does not have.
                exporter.ScopeInfoEnabled = false;

                // Figures are those of the moment they are asked for; a scrape costs less than a request.
                exporter.ScrapeResponseCacheDurationMilliseconds = 0;
            }));

        WebApplication app = builder.Build();
        app.UseOpenTelemetryPrometheusScrapingEndpoint(static http =>
            http.Request.Path.Value == "/metrics" && (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)));
        app.Run(http => HealthOf(http.Request, notReady) is { } health ? AnswerAsync(http, health.Status, health.Body) : api(http));
        return app;
    }

    /// <summary>Null for what is no question of health. Answered by any name: whoever probes has few words.</summary>
    private static (int Status, string Body)? HealthOf(HttpRequest request, Func<string?> notReady) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) ? null
        : request.Path.Value switch
        {
            "/health" or "/health/live" => (StatusCodes.Status200OK, """{"status":"ok"}"""),
            "/health/ready" => notReady() is { } why
                ? (StatusCodes.Status503ServiceUnavailable, $$"""{"status":"{{why}}"}""") : (StatusCodes.Status200OK, """{"status":"ready"}"""),
            _ => null,
        };

    private static Task AnswerAsync(HttpContext http, int status, string body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(body);
    }
}
