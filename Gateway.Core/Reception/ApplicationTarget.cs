using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Reception;

/// <summary>
/// Which path a request is for where an application stands around the gateway, and may have put a part of it aside (<c>UsePathBase</c>, <c>Map</c>)
/// or written another (<c>UseRewriter</c>): that of <see cref="HttpRequest.Path"/>, as for all of ASP.NET's own middleware.
/// </summary>
internal static class ApplicationTarget
{
    /// <summary>What the application has made of the target; null when it has left it alone, and what was sent stands byte for byte.</summary>
    /// <param name="request">As the application hands it over.</param>
    /// <param name="sent">The target as it was sent: no problem with it.</param>
    public static string? Of(HttpRequest request, in NormalizedTarget sent)
    {
        string before = request.PathBase.Value ?? "", path = request.Path.Value ?? "";
        if (!Says(before, path, sent.Path) || (request.QueryString.Value ?? "") != sent.Query)
        {
            return Written(request.Path, request.QueryString);
        }

        return before.Length == 0 ? null : Behind(before, sent.Path) + sent.Query;
    }

    /// <summary>A path and query as they stand in a request line.</summary>
    public static string Written(PathString path, QueryString query) => (path.HasValue ? path.ToUriComponent() : "/") + query.ToUriComponent();

    /// <summary>Whether base and path together are what the server has made of the path that was sent.</summary>
    private static bool Says(string before, string path, string sent)
    {
        string decoded = sent.Contains('%', StringComparison.Ordinal) ? PathString.FromUriComponent(sent).Value ?? "" : sent;
        return decoded.Length == before.Length + path.Length
            && decoded.StartsWith(before, StringComparison.Ordinal) && decoded.EndsWith(path, StringComparison.Ordinal);
    }

    /// <summary>The rest of a path, still encoded, behind as many segments as the base has. An encoded slash is none in either.</summary>
    private static string Behind(string before, string sent)
    {
        int at = 0;
        for (int segments = before.Count('/'); segments > 0 && at >= 0; segments--)
        {
            at = sent.IndexOf('/', at + 1);
        }

        return at < 0 ? "/" : sent[at..];
    }
}
