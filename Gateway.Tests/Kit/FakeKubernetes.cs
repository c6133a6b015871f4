using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Gateway.Host.Kubernetes;
using Gateway.Host.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Kit;

/// <summary>
/// An API server that knows the endpoint slices of services in the namespace <c>shop</c>: lists those of one by pages, watches from a version on,
/// forgets versions, and does on demand what real ones do on bad days. Strict: what a real one would not take is in <see cref="Wrong"/>.
/// </summary>
internal sealed partial class FakeKubernetes : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, JsonObject> _slices = new(StringComparer.Ordinal);
    private readonly List<(int Version, string Service, string Line)> _events = [];
    private readonly List<(Channel<string> Lines, string Service, HttpContext Http)> _watches = [];
    private readonly ConcurrentQueue<int> _refusals = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private int _version = 1000;
    private int _forgotten;

    private FakeKubernetes(WebApplication app) => _app = app;

    public string Url => _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();

    /// <summary>What makes the gateway ask here.</summary>
    public KubernetesOptions Options => new() { ApiUrl = Url, Namespace = "shop" };

    /// <summary>The services that may be asked for.</summary>
    public IReadOnlyCollection<string> Services { get; set; } = [Slices.Service];

    /// <summary>The token that is accepted; null for none.</summary>
    public string? Token { get; set; }

    /// <summary>Whether a version that is forgotten is told in the stream of the watch, not by its status.</summary>
    public bool TellsGoneInStream { get; set; }

    /// <summary>Whether each watch ends as soon as it has begun.</summary>
    public bool EndsWatchesAtOnce { get; set; }

    /// <summary>Whether versions are forgotten as soon as they have been listed.</summary>
    public bool ForgetsAtOnce { get; set; }

    /// <summary>Pages of a list have at most so many slices.</summary>
    public int MaxPage { get; set; } = int.MaxValue;

    /// <summary>What was asked that a real API server would not take, or for another service than <see cref="Services"/>.</summary>
    public IReadOnlyCollection<string> Wrong => _wrong;

    /// <summary><c>list</c> or <c>watch</c>, in their order, with the version that a watch goes on from.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    public int Lists => _requests.Count(static request => request == "list");

    /// <summary>Watches that are open.</summary>
    public int Watches
    {
        get
        {
            lock (_gate)
            {
                return _watches.Count;
            }
        }
    }

    /// <param name="port">0 for any.</param>
    /// <param name="certificate">For TLS; null for cleartext.</param>
    public static async Task<FakeKubernetes> StartAsync(int port = 0, X509Certificate2? certificate = null)
    {
        WebApplicationBuilder builder = EmptyApplication.CreateBuilder(NullLoggerFactory.Instance);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        WebApplication app = builder.Build();
        var fake = new FakeKubernetes(app);
        app.Run(fake.AnswerAsync);
        await app.StartAsync();
        return fake;
    }

    /// <summary>Adds a slice or replaces it; watches hear of it.</summary>
    /// <param name="slice">It.</param>
    /// <param name="isTold">Whether they do.</param>
    public void Set(JsonObject slice, bool isTold = true)
    {
        lock (_gate)
        {
            string name = (string)slice["metadata"]!["name"]!;
            ChangeLocked(_slices.ContainsKey(name) ? "MODIFIED" : "ADDED", slice, isTold);
            _slices[name] = slice;
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            ChangeLocked("DELETED", _slices[name], isTold: true);
            _slices.Remove(name);
        }
    }

    /// <summary>Tells the watches how far they are.</summary>
    public void Bookmark()
    {
        lock (_gate)
        {
            SendLocked(new JsonObject
            {
                ["type"] = "BOOKMARK",
                ["object"] = new JsonObject
                {
                    ["metadata"] = new JsonObject { ["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture), ["creationTimestamp"] = null },
                    ["addressType"] = "",
                    ["endpoints"] = null,
                    ["ports"] = null,
                },
            }.ToJsonString() + "\n");
        }
    }

    /// <summary>Sends this to the watches, whatever it is.</summary>
    public void Send(string text)
    {
        lock (_gate)
        {
            SendLocked(text);
        }
    }

    /// <summary>Forgets all events: a watch cannot go on from before them.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _events.Clear();
            _forgotten = ++_version;
        }
    }

    /// <summary>Ends the watches, in order or by breaking them off.</summary>
    public void EndWatches(bool isBroken = false)
    {
        lock (_gate)
        {
            foreach ((Channel<string> lines, _, HttpContext http) in _watches)
            {
                if (isBroken)
                {
                    http.Abort();
                }

                lines.Writer.TryComplete();
            }
        }
    }

    /// <summary>Ends the watches when something has happened that they have not heard of.</summary>
    public void EndWatchesAfter(Action happening)
    {
        lock (_gate)
        {
            happening();
            EndWatches();
        }
    }

    /// <summary>Refuses the next requests with these statuses.</summary>
    public void Refuse(params int[] statuses)
    {
        foreach (int status in statuses)
        {
            _refusals.Enqueue(status);
        }
    }

    public async ValueTask DisposeAsync()
    {
        EndWatches(isBroken: true);
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private void ChangeLocked(string type, JsonObject slice, bool isTold)
    {
        slice["metadata"]!["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);
        string line = new JsonObject { ["type"] = type, ["object"] = slice.DeepClone() }.ToJsonString() + "\n";
        _events.Add((_version, ServiceOf(slice), line));
        if (isTold)
        {
            SendLocked(line, ServiceOf(slice));
        }
    }

    /// <param name="text">It.</param>
    /// <param name="service">Whose watches hear it; null for all.</param>
    private void SendLocked(string text, string? service = null)
    {
        foreach ((Channel<string> lines, string of, _) in _watches)
        {
            if (service is null || of == service)
            {
                lines.Writer.TryWrite(text);
            }
        }
    }

    private static string ServiceOf(JsonObject slice) => (string)slice["metadata"]!["labels"]![Slices.ServiceLabel]!;
}
