using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Reception;

/// <summary>
/// Which path a request is for where an application stands around the gateway, and may have put a part of it aside (<c>UsePathBase</c>, <c>Map</c>)
/// or written another (<c>UseRewriter</c>): that of <see cref="HttpRequest.Path"/>, as for all of ASP.NET's own middleware. What was sent is kept
/// byte for byte wherever it says the same.
/// </summary>
internal static class ApplicationTarget
{
    /// <summary>What the application has made of the target; null when it has left it alone, and what was sent stands.</summary>
    /// <param name="request">As the application hands it over.</param>
    /// <param name="sent">The target as it was sent: no problem with it.</param>
    public static string? Of(HttpRequest request, in NormalizedTarget sent)
    {
        string before = request.PathBase.Value ?? "", path = request.Path.Value ?? "";

        // A base may also come from a header of a proxy's, which has cut it off already.
        string kept = Says("", path, sent.Path) ? sent.Path
            : before.Length > 0 && Says(before, path, sent.Path) ? Behind(before, sent.Path)
            : Written(request.Path);
        bool isOtherQuery = (request.QueryString.Value ?? "") != sent.Query;
        return kept == sent.Path && !isOtherQuery ? null : kept + (isOtherQuery ? request.QueryString.ToUriComponent() : sent.Query);
    }

    /// <summary>A path as it stands in a request line. The server has decoded all but <c>%2F</c>: any other percent sign is one of the path's own, which
    /// <see cref="PathString.ToUriComponent()"/> would take for an encoding, so that it would be decoded twice.</summary>
    public static string Written(PathString path)
    {
        string value = path.Value ?? "";
        for (int at = value.IndexOf('%', StringComparison.Ordinal); at >= 0; at = value.IndexOf('%', at + 1))
        {
            if (!value.AsSpan(at).StartsWith("%2F", StringComparison.OrdinalIgnoreCase))
            {
                value = value.Insert(at + 1, "25");
            }
        }

        return value.Length == 0 ? "/" : new PathString(value).ToUriComponent();
    }

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
