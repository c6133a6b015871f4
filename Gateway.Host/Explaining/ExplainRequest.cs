using System.Buffers;

namespace Gateway.Host.Explaining;

/// <summary>A request to be explained, as a client would send it over HTTP/1.1.</summary>
internal sealed record ExplainRequest
{
    /// <summary>Characters of the request line, and of a header line: Kestrel's own limit for the line, so a longer one never comes to the gateway.</summary>
    internal const int MaxLine = 8 * 1024;

    /// <summary>Kestrel's own limit.</summary>
    internal const int MaxHeaders = 100;

    /// <summary>RFC 9110 §5.6.2: the characters of a token.</summary>
    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private ExplainRequest(string method, string target, IReadOnlyList<KeyValuePair<string, string>> headers) =>
        (Method, Target, Headers) = (method, target, headers);

    public string Method { get; }

    /// <summary>As in the request line: path and query, untouched; or <c>*</c>.</summary>
    public string Target { get; }

    /// <summary>With Host, if one is known.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>A request; null when these cannot be sent as one, for the reason in <paramref name="problem"/>.</summary>
    /// <param name="method">Of the request line.</param>
    /// <param name="url">A path that begins with a slash, or an http or https URL, whose host becomes the Host header if there is no other.
    /// A fragment is left out, as clients do.</param>
    /// <param name="headers">In their order.</param>
    /// <param name="problem">One sentence.</param>
    public static ExplainRequest? Parse(string method, string url, IEnumerable<KeyValuePair<string, string>> headers, out string? problem)
    {
        KeyValuePair<string, string>[] all = [.. headers.Select(static header => KeyValuePair.Create(header.Key.Trim(), header.Value.Trim(' ', '\t')))];
        problem = method.Length == 0 || method.AsSpan().ContainsAnyExcept(Token) ? $"'{method}' is not a method"
            : all.FirstOrDefault(static header => header.Key.Length == 0 || header.Key.AsSpan().ContainsAnyExcept(Token)).Key is { } wrong ? $"'{wrong}' is not a header's name"
            : all.Any(static header => header.Value.AsSpan().ContainsAny('\r', '\n', '\0')) ? "a header's value has a line break or a NUL"
            : all.Length > MaxHeaders ? $"more than {MaxHeaders} headers are never taken (431)"
            : url.Length > MaxLine || all.Any(static header => header.Key.Length + header.Value.Length > MaxLine) ? $"a line of more than {MaxLine} characters is never taken (414, 431)"
            : null;
        if (problem is not null)
        {
            return null;
        }

        int fragment = url.IndexOf('#');
        (string? authority, string target) = Split(fragment < 0 ? url : url[..fragment]);
        if (target == "*" && method != HttpMethods.Options)
        {
            problem = "only OPTIONS has the target '*'; for others the server itself answers 405";
            return null;
        }

        if (target.Length == 0)
        {
            problem = $"'{url}' is neither a path that begins with '/' nor an http or https URL";
            return null;
        }

        bool namesHost = Array.Exists(all, static header => header.Key.Equals("Host", StringComparison.OrdinalIgnoreCase));
        return new ExplainRequest(method, target, namesHost || authority is null ? all : [KeyValuePair.Create("Host", authority), .. all]);
    }

    /// <summary>One header of the command line: <c>Name: value</c>; null when it is none.</summary>
    public static KeyValuePair<string, string>? ParseHeader(string text)
    {
        int colon = text.IndexOf(':');
        return colon <= 0 ? null : KeyValuePair.Create(text[..colon], text[(colon + 1)..]);
    }

    private static (string? Authority, string Target) Split(string url)
    {
        if (url.StartsWith('/') || url == "*")
        {
            return (null, url);
        }

        int scheme = url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7 : url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8 : 0;
        int end = scheme == 0 ? -1 : url.AsSpan(scheme).IndexOfAny('/', '?');
        string authority = scheme == 0 ? "" : end < 0 ? url[scheme..] : url[scheme..(scheme + end)];
        string target = scheme == 0 || end < 0 ? "" : url[(scheme + end)..];
        return authority.Length == 0 ? (null, "") : (authority, target.StartsWith('/') ? target : "/" + target);
    }
}
