using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Kit;

/// <content>How it answers.</content>
internal sealed partial class FakeKubernetes
{
    private const string Path = "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices";

    private const string Selector = Slices.ServiceLabel + "=";

    private static readonly string[] ListKeys = ["labelSelector", "limit", "continue"];
    private static readonly string[] WatchKeys = ["labelSelector", "watch", "allowWatchBookmarks", "resourceVersion", "timeoutSeconds"];

    private async Task AnswerAsync(HttpContext http)
    {
        IQueryCollection query = http.Request.Query;
        bool isWatch = query.ContainsKey("watch");
        _requests.Enqueue(isWatch ? "watch " + query["resourceVersion"] : "list");
        ExpectLegal(http, isWatch ? WatchKeys : ListKeys);
        if (Token is { } token && http.Request.Headers.Authorization != "Bearer " + token)
        {
            await RefuseAsync(http, 401, "Unauthorized");
        }
        else if (_refusals.TryDequeue(out int status))
        {
            await RefuseAsync(http, status, status == 403 ? "endpointslices is forbidden" : "etcdserver: request timed out");
        }
        else
        {
            await (isWatch ? WatchAsync(http) : ListAsync(http));
        }
    }

    private void ExpectLegal(HttpContext http, string[] keys)
    {
        IQueryCollection query = http.Request.Query;
        if (http.Request.Method != "GET" || http.Request.Path != Path || !Services.Any(service => query["labelSelector"] == Selector + service)
            || query.Any(pair => !keys.Contains(pair.Key) || pair.Value.Count != 1)
            || (Token is null && http.Request.Headers.Authorization.Count > 0)
            || (query.ContainsKey("watch") && (query["watch"] != "true" || query["allowWatchBookmarks"] != "true"
                || !int.TryParse(query["resourceVersion"], out _) || !int.TryParse(query["timeoutSeconds"], out int seconds) || seconds < 1)))
        {
            _wrong.Enqueue($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}");
        }
    }

    private async Task ListAsync(HttpContext http)
    {
        int from = http.Request.Query["continue"] is [{ } token] ? int.Parse(token.Split('/')[0], CultureInfo.InvariantCulture) : 0;
        int limit = Math.Min(MaxPage, int.Parse(http.Request.Query["limit"]!, CultureInfo.InvariantCulture));
        JsonObject list;
        lock (_gate)
        {
            List<JsonObject> slices = [.. _slices.Values.Where(slice => ServiceOf(slice) == WantedBy(http))];
            bool isLast = from + limit >= slices.Count;
            list = new JsonObject
            {
                ["kind"] = "EndpointSliceList",
                ["apiVersion"] = "discovery.k8s.io/v1",
                ["metadata"] = new JsonObject { ["resourceVersion"] = _version.ToString(CultureInfo.InvariantCulture), ["continue"] = isLast ? "" : $"{from + limit}/+=" },
                ["items"] = slices.Count == 0 ? null : new JsonArray([.. slices.Skip(from).Take(limit).Select(static slice => slice.DeepClone())]),
            };
        }

        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(list.ToJsonString());
        if (ForgetsAtOnce)
        {
            Forget();
        }
    }

    private async Task WatchAsync(HttpContext http)
    {
        var lines = Channel.CreateUnbounded<string>();
        int version = int.Parse(http.Request.Query["resourceVersion"]!, CultureInfo.InvariantCulture);
        bool isGone;
        lock (_gate)
        {
            isGone = version < _forgotten;
            foreach ((_, _, string line) in _events.Where(one => !isGone && one.Version > version && one.Service == WantedBy(http)))
            {
                lines.Writer.TryWrite(line);
            }

            if (!isGone && !EndsWatchesAtOnce)
            {
                _watches.Add((lines, WantedBy(http), http));
            }
        }

        if (isGone && !TellsGoneInStream)
        {
            await RefuseAsync(http, 410, "too old resource version");
            return;
        }

        if (isGone)
        {
            lines.Writer.TryWrite("""{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old resource version","reason":"Expired","code":410}}""" + "\n");
        }

        if (isGone || EndsWatchesAtOnce)
        {
            lines.Writer.Complete();
        }

        await SendAsync(http, lines);
    }

    private async Task SendAsync(HttpContext http, Channel<string> lines)
    {
        http.Response.ContentType = "application/json";
        await http.Response.Body.FlushAsync();
        try
        {
            await foreach (string text in lines.Reader.ReadAllAsync(http.RequestAborted))
            {
                await http.Response.WriteAsync(text);
                await http.Response.Body.FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The watcher has left, or was broken off.
        }
        finally
        {
            lock (_gate)
            {
                _watches.RemoveAll(watch => watch.Http == http);
            }
        }
    }

    private static string WantedBy(HttpContext http) => http.Request.Query["labelSelector"].ToString().Replace(Selector, "", StringComparison.Ordinal);

    private static Task RefuseAsync(HttpContext http, int status, string message)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(new JsonObject { ["kind"] = "Status", ["status"] = "Failure", ["message"] = message, ["code"] = status }.ToJsonString());
    }
}
