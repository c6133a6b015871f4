using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Gateway.Host.Admin;
using Gateway.Host.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Kit;

/// <summary>What the scripted admin server was sent beside questions.</summary>
internal sealed record DashboardRequest(string Method, string Target, string Authorization, string Body);

/// <summary>An admin port that serves the real page and scripted figures, and does nothing of what it is told but remember it.</summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Channel<string>, HttpContext> _viewers = new();
    private readonly ConcurrentQueue<DashboardRequest> _requests = new();
    private readonly DashboardPage _page = new();
    private WebApplication _app = null!;
    private volatile JsonObject _snapshot = DashboardData.Snapshot();

    public string Url => _app.Urls.Single();

    /// <summary>What is told from now on; <see cref="Send()"/> tells it to who watches. Not to be changed after it was set.</summary>
    public JsonObject Snapshot
    {
        get => _snapshot;
        set => _snapshot = value;
    }

    public JsonObject Routes { get; set; } = DashboardData.Routes();

    public JsonArray Errors { get; set; } = [DashboardData.Error(2), DashboardData.Error(1)];

    /// <summary>Does it answer at all?</summary>
    public bool IsAway { get; set; }

    /// <summary>Is there a place for another viewer?</summary>
    public bool HasStream { get; set; } = true;

    /// <summary>What a change is answered with.</summary>
    public (int Status, string Body) Answer { get; set; } = (200, """{"result":"It is done, says the script."}""");

    public int Viewers => _viewers.Count;

    /// <summary>All requests, in their order.</summary>
    public IReadOnlyCollection<DashboardRequest> Requests => _requests;

    /// <summary>Those that may change something.</summary>
    public IEnumerable<DashboardRequest> Changes => _requests.Where(static request => request.Method is not ("GET" or "HEAD") && request.Target != "/admin/v1/explain");

    public static async Task<DashboardServer> StartAsync()
    {
        var server = new DashboardServer();
        WebApplicationBuilder builder = EmptyApplication.CreateBuilder(NullLoggerFactory.Instance);
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        server._app = builder.Build();
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Changes a copy of the snapshot, and tells it to all who watch.</summary>
    public void Send(Action<JsonObject> change)
    {
        JsonObject next = Snapshot.DeepClone().AsObject();
        change(next);
        Snapshot = next;
        Send();
    }

    public void Send()
    {
        foreach (Channel<string> viewer in _viewers.Keys)
        {
            viewer.Writer.TryWrite(Event("snapshot", Snapshot));
        }
    }

    /// <summary>Breaks the connections of all who watch.</summary>
    public void Drop()
    {
        foreach (HttpContext viewer in _viewers.Values)
        {
            viewer.Abort();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Drop();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        if (IsAway)
        {
            http.Abort();
            return;
        }

        using var reader = new StreamReader(http.Request.Body);
        string target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        _requests.Enqueue(new DashboardRequest(http.Request.Method, target, http.Request.Headers.Authorization.ToString(), await reader.ReadToEndAsync()));
        if (_page.Has(http.Request.Path.Value))
        {
            await _page.AnswerAsync(http);
        }
        else if (target == "/admin/v1/stream" && HasStream)
        {
            await StreamAsync(http);
        }
        else
        {
            (http.Response.StatusCode, string body) = Told(http.Request.Method, target);
            http.Response.ContentType = http.Response.StatusCode < 400 ? "application/json" : "application/problem+json";
            await http.Response.WriteAsync(body);
        }
    }

    private (int Status, string Body) Told(string method, string target) => (method, target) switch
    {
        ("GET", "/admin/v1/stream") => (503, """{"title":"Service Unavailable","status":503,"detail":"16 are watching."}"""),
        ("GET", "/admin/v1/snapshot") => (200, Snapshot.ToJsonString()),
        ("GET", "/admin/v1/errors") => (200, new JsonObject { ["errors"] = Errors.DeepClone() }.ToJsonString()),
        ("GET", "/admin/v1/routes") => (200, Routes.ToJsonString()),
        ("GET", "/admin/v1/routes/products") => (200, """
            {"name":"products","values":[{"key":"Gateway:Routes:products:Pattern","value":"/api/products/{**rest}","origin":"appsettings.json:12:20"},
            {"key":"Gateway:Services:product:Timeouts:Total","value":"00:00:30","origin":"default"}]}
            """),
        ("GET", _) => (404, """{"title":"Not Found","status":404,"detail":"There is no such thing."}"""),
        ("POST", "/admin/v1/explain") => (200, """{"text":"route products\nservice product","route":"products"}"""),
        _ => Answer,
    };

    private async Task StreamAsync(HttpContext http)
    {
        var viewer = Channel.CreateUnbounded<string>();
        http.Response.ContentType = "text/event-stream";
        try
        {
            // A browser would wait 3 s before it comes back.
            await http.Response.WriteAsync("retry: 50\n\n" + Event("history", DashboardData.History(Snapshot)) + Event("snapshot", Snapshot));
            _viewers[viewer] = http;
            await foreach (string next in viewer.Reader.ReadAllAsync(http.RequestAborted))
            {
                await http.Response.WriteAsync(next);
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody watches any more.
        }
        finally
        {
            _viewers.TryRemove(viewer, out _);
        }
    }

    private static string Event(string name, JsonObject data) => $"event: {name}\ndata: {data.ToJsonString()}\n\n";
}
