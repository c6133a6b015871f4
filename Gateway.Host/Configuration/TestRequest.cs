namespace Gateway.Host.Configuration;

/// <summary>The request of a test, taken apart.</summary>
/// <param name="Method">In capitals.</param>
/// <param name="Host">Without its port; empty when only a path is given.</param>
/// <param name="Path">Percent-encoded as written, without the query.</param>
internal sealed record TestRequest(string Method, string Host, string Path)
{
    public static TestRequest? Parse(string request)
    {
        if (request.Split(' ') is not [{ Length: > 0 } method, { Length: > 0 } target] || !method.All(char.IsAsciiLetterUpper))
        {
            return null;
        }

        string host = "";
        string path = target;
        if (!target.StartsWith('/'))
        {
            if (!Uri.TryCreate(target, UriKind.Absolute, out Uri? url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            {
                return null;
            }

            (host, path) = (url.Host, PathOf(target));
        }

        path = path.Split('?')[0];
        return IsEncodedWell(path) ? new TestRequest(method, host, path) : null;
    }

    /// <summary>Cut out of the text, since <see cref="Uri"/> would change its encoding.</summary>
    private static string PathOf(string url)
    {
        string afterScheme = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..];
        int end = afterScheme.AsSpan().IndexOfAny('/', '?');
        return end < 0 || afterScheme[end] == '?' ? "/" : afterScheme[end..];
    }

    private static bool IsEncodedWell(string path)
    {
        for (int percent = path.IndexOf('%'); percent >= 0; percent = path.IndexOf('%', percent + 1))
        {
            if (percent + 2 >= path.Length || !char.IsAsciiHexDigit(path[percent + 1]) || !char.IsAsciiHexDigit(path[percent + 2]))
            {
                return false;
            }
        }

        return !path.Contains('#', StringComparison.Ordinal);
    }
}
