namespace Gateway.Core.Proxying;

/// <summary>The address a request is sent to.</summary>
internal static class ForwardedUri
{
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>The instance's origin, the normalised path without the route's prefix, and the query, byte for byte.</summary>
    public static Uri Build(string origin, string path, int stripSegments, string query) =>
        new(string.Concat(origin, Stripped(path, stripSegments), query), Verbatim);

    /// <summary>The path without its first segments, however they are encoded; never empty.</summary>
    public static ReadOnlySpan<char> Stripped(string path, int segments)
    {
        ReadOnlySpan<char> rest = path;
        for (int i = 0; i < segments; i++)
        {
            int slash = rest[1..].IndexOf('/');
            if (slash < 0)
            {
                return "/";
            }

            rest = rest[(slash + 1)..];
        }

        return rest;
    }
}
