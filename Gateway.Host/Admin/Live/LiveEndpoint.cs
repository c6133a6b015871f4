using System.Buffers;
using System.Text;

namespace Gateway.Host.Admin.Live;

/// <summary><c>GET /admin/v1/snapshot</c>, and <c>GET /admin/v1/stream</c>: server-sent events, the history first, then a snapshot a second.</summary>
/// <param name="feed">Makes them.</param>
/// <param name="clock">For <see cref="LongestWrite"/>.</param>
internal sealed class LiveEndpoint(LiveFeed feed, TimeProvider clock)
{
    /// <summary>Whoever takes nothing for so long loses the place, which another may want.</summary>
    internal static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(10);

    /// <summary>Seconds after which one for whom there was no room may ask again.</summary>
    private const string RetryAfter = "10";

    public async Task SnapshotAsync(HttpContext http)
    {
        if (feed.Last() is not { } snapshot)
        {
            http.Response.Headers.RetryAfter = "1";
            await AdminProblem.Of(StatusCodes.Status503ServiceUnavailable, "There is no snapshot yet.").WriteAsync(http);
            return;
        }

        await AdminAnswer.WriteAsync(http, snapshot);
    }

    public async Task StreamAsync(HttpContext http)
    {
        if (AdminGuard.RefusesToStream(http) is { } foreign)
        {
            await foreign.WriteAsync(http);
            return;
        }

        if (HttpMethods.IsHead(http.Request.Method))
        {
            // Nothing would be written to it, so nobody would notice that it has gone.
            Begin(http);
            return;
        }

        if (feed.Watch() is not { } watching)
        {
            http.Response.Headers.RetryAfter = RetryAfter;
            http.Response.Headers.Connection = "close";
            await AdminProblem.Of(StatusCodes.Status503ServiceUnavailable, $"{LiveFeed.MostViewers} are watching already; GET /admin/v1/snapshot answers.").WriteAsync(http);
            return;
        }

        try
        {
            Begin(http);

            // Milliseconds after which a browser that has lost it asks again; else some wait for three seconds.
            http.Response.BodyWriter.Write("retry: 1000\n\n"u8);
            await WriteAsync(http, "history", watching.History);
            await foreach (byte[] snapshot in watching.Snapshots.Reader.ReadAllAsync(http.RequestAborted))
            {
                await WriteAsync(http, "snapshot", snapshot);
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            // Whoever watched has left, or does not read: then nothing else would end it.
            http.Abort();
        }
        finally
        {
            feed.Leave(watching.Snapshots);
        }
    }

    private static void Begin(HttpContext http)
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
    }

    /// <summary>JSON of one line has no line ends, so it is one field.</summary>
    private async Task WriteAsync(HttpContext http, string kind, byte[] json)
    {
        http.Response.BodyWriter.Write(Encoding.ASCII.GetBytes($"event: {kind}\ndata: "));
        http.Response.BodyWriter.Write(json);
        http.Response.BodyWriter.Write("\n\n"u8);
        using var late = new CancellationTokenSource(LongestWrite, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, http.RequestAborted);
        await http.Response.BodyWriter.FlushAsync(either.Token);
    }
}
