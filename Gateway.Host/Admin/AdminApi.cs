using Gateway.Core;
using Gateway.Host.Admin.Live;
using Gateway.Host.Configuration;
using Gateway.Host.Serving;

namespace Gateway.Host.Admin;

/// <summary>All that the admin port answers beside metrics and health: one readable list. Safe from any thread.</summary>
internal sealed partial class AdminApi : IAsyncDisposable
{
    private readonly LiveFeed _feed;
    private readonly AdminRoutes _routes;
    private readonly AdminGuard _guard;

    /// <param name="pipeline">The gateway.</param>
    /// <param name="options">Who may ask.</param>
    /// <param name="token">What changes need; null for none, and no changes.</param>
    /// <param name="info">What is told of the gateway as a whole.</param>
    /// <param name="errors">Its errors.</param>
    /// <param name="drain">Its draining.</param>
    /// <param name="reload">Loads the configuration anew; null as long as that cannot be.</param>
    /// <param name="configuration">The one in force; the same object until another is.</param>
    /// <param name="log">Gets every change.</param>
    /// <param name="clock">The pipeline's.</param>
    public AdminApi(
        GatewayPipeline pipeline, AdminOptions options, string? token, Func<AdminInfo> info, ErrorHistory errors, DrainControl drain,
        Func<Func<Task<ReloadStatus?>>?> reload, Func<HostConfiguration> configuration, ILogger log, TimeProvider clock)
    {
        _guard = new AdminGuard(token, options.AllowedHosts);
        GatewayStatus Status() => new(info(), drain.State.ToString().ToLowerInvariant(), _guard.AllowsChanges);
        _feed = new LiveFeed(new SnapshotMaker(pipeline, Status, errors, clock).Make, clock, defect => SnapshotDefect(log, defect));
        var live = new LiveEndpoint(_feed, clock);
        var changes = new OperatorChanges(pipeline, drain, reload, log);
        var revoke = new RevokeEndpoint(pipeline, log);
        var explain = new ExplainEndpoint(configuration);
        var values = new ConfigurationEndpoint(configuration, () => info().Config.Generation);
        var page = new DashboardPage();
        _routes = new AdminRoutes(_guard, new AdminRefusals(log, clock).Tell,
        [
            .. page.Paths.Select(path => new AdminRoute("GET", path, (http, _) => page.AnswerAsync(http))),
            new("GET", "/admin/v1/info", (http, _) => AdminAnswer.WriteAsync(http, info(), AdminJson.Plain.AdminInfo)),
            new("GET", "/admin/v1/snapshot", (http, _) => live.SnapshotAsync(http)),
            new("GET", "/admin/v1/stream", (http, _) => live.StreamAsync(http)),
            new("GET", "/admin/v1/routes", (http, _) =>
                AdminAnswer.WriteAsync(http, AdminRouteList.Of(pipeline.Parts, info().Config.Generation), AdminListJson.Default.AdminRouteList)),
            new("GET", "/admin/v1/routes/{}", (http, names) => values.RouteAsync(http, names[0])),
            new("GET", "/admin/v1/config", (http, _) => values.AllAsync(http)),
            new("POST", "/admin/v1/explain", (http, _) => explain.InvokeAsync(http), Reads: true),
            new("GET", "/admin/v1/services", (http, _) => OfNow(http, now =>
                AdminAnswer.WriteAsync(http, new AdminServiceList(now.At, now.Services), AdminListJson.Default.AdminServiceList))),
            new("GET", "/admin/v1/ratelimits", (http, _) => OfNow(http, now =>
                AdminAnswer.WriteAsync(http, new AdminLimitList(now.At, now.RateLimitStore, now.RateLimits), AdminListJson.Default.AdminLimitList))),
            new("GET", "/admin/v1/auth", (http, _) => OfNow(http, now => AdminAnswer.WriteAsync(http, now.Auth, AdminListJson.Default.LiveAuth))),
            new("GET", "/admin/v1/errors", (http, _) =>
                AdminAnswer.WriteAsync(http, AdminErrorList.Of(errors, OneOf(http, "correlation_id")), AdminListJson.Default.AdminErrorList)),
            new("POST", "/admin/v1/drain", (http, _) => ThenShow(changes.DrainAsync(http))),
            new("DELETE", "/admin/v1/drain", (http, _) => ThenShow(changes.StayAsync(http))),
            new("PATCH", "/admin/v1/services/{}/instances/{}", (http, names) => ThenShow(changes.SetInstanceAsync(http, names[0], names[1]))),
            new("POST", "/admin/v1/circuits/{}/{}", (http, names) => ThenShow(changes.ResetCircuitAsync(http, names[0], names[1]))),
            new("POST", "/admin/v1/auth/revoke", (http, _) => revoke.InvokeAsync(http)),
            new("POST", "/admin/v1/config/reload", (http, _) => ThenShow(changes.ReloadAsync(http))),
        ]);
    }

    /// <summary>All that it answers.</summary>
    public IReadOnlyList<AdminRoute> Routes => _routes.All;

    /// <summary>Answers one request.</summary>
    public Task InvokeAsync(HttpContext http) => _routes.InvokeAsync(http);

    /// <summary>Begins to look at the gateway once a second. Once.</summary>
    public void Start() => _feed.Start();

    /// <summary>Changes need this token from now on.</summary>
    public void UseToken(string token) => _guard.UseToken(token);

    /// <summary>Whoever watches is let go.</summary>
    public ValueTask DisposeAsync() => _feed.DisposeAsync();

    /// <summary>Null when it is not asked for.</summary>
    private static string? OneOf(HttpContext http, string name) => http.Request.Query[name] is { Count: > 0 } values ? values[0] : null;

    /// <summary>What is asked for after a change tells of it.</summary>
    private async Task ThenShow(Task change)
    {
        await change;
        _feed.Refresh();
    }

    [LoggerMessage(312, LogLevel.Error, "The gateway could not be looked at for the dashboard")]
    private static partial void SnapshotDefect(ILogger logger, Exception defect);

    private Task OfNow(HttpContext http, Func<LiveSnapshot, Task> answer) => _feed.Latest is { } now ? answer(now)
        : AdminProblem.Of(StatusCodes.Status503ServiceUnavailable, "Nothing has been looked at yet.").WriteAsync(http);
}
