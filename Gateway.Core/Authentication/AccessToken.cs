using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Authentication;

/// <summary>Whether a request carries a token.</summary>
internal enum TokenPresence
{
    /// <summary>No bearer token and no cookie. Another scheme (Basic) counts as none: it is not meant for the gateway.</summary>
    None,

    /// <summary>Something that was meant as a token and cannot be one.</summary>
    Malformed,

    Found,
}

/// <summary>
/// The token of a request: <c>Authorization: Bearer</c> (RFC 6750 §2.1), else the cookie. A slice of the header, so finding
/// it allocates nothing. No record: its ToString would print the secret.
/// </summary>
internal readonly struct AccessToken
{
    /// <summary>Characters. Longest that services commonly take in one header line (8 KB: nginx, Apache, Node's former default);
    /// it also bounds what is hashed on the stack for each request.</summary>
    internal const int MaxLength = 8 * 1024;

    private const string Scheme = "Bearer";

    // token68 of RFC 9110 §11.2, before its padding of '='.
    private static readonly SearchValues<char> Token68 =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/");

    private AccessToken(TokenPresence presence, ReadOnlyMemory<char> value) => (Presence, Value) = (presence, value);

    public TokenPresence Presence { get; }

    /// <summary>ASCII, at most <see cref="MaxLength"/> characters; empty unless found.</summary>
    public ReadOnlyMemory<char> Value { get; }

    /// <summary>Finds the token in a request's headers.</summary>
    /// <param name="headers">The headers as the server parsed them.</param>
    /// <param name="cookie">Name of the cookie, compared with case; null: cookies are not looked at.</param>
    public static AccessToken Find(IHeaderDictionary headers, string? cookie)
    {
        StringValues authorization = headers.Authorization;
        if (authorization.Count > 1)
        {
            // Gateway and service could believe different ones.
            return new AccessToken(TokenPresence.Malformed, default);
        }

        if (authorization.Count == 1 && IsBearer(authorization[0], out ReadOnlyMemory<char> value))
        {
            return Check(value);
        }

        return cookie is null ? default : FindCookie(headers.Cookie, cookie);
    }

    /// <summary>Whether a text could be a token: ASCII of token68's alphabet, neither empty nor too long.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> value)
    {
        ReadOnlySpan<char> unpadded = value.TrimEnd('=');
        return value.Length <= MaxLength && !unpadded.IsEmpty && !unpadded.ContainsAnyExcept(Token68);
    }

    private static bool IsBearer(string? header, out ReadOnlyMemory<char> value)
    {
        value = default;
        if (header is null || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            || (header.Length > Scheme.Length && header[Scheme.Length] is not (' ' or '\t')))
        {
            return false;
        }

        value = header.AsMemory(Scheme.Length).Trim(' ');
        return true;
    }

    /// <summary>Of several cookies with the name the first counts: browsers send the one with the most specific path first
    /// (RFC 6265 §5.4). An empty one is what a logout leaves behind: none.</summary>
    private static AccessToken FindCookie(StringValues headers, string name)
    {
        for (int i = 0; i < headers.Count; i++)
        {
            ReadOnlyMemory<char> rest = headers[i].AsMemory();
            while (!rest.IsEmpty)
            {
                int end = rest.Span.IndexOf(';');
                ReadOnlyMemory<char> pair = (end < 0 ? rest : rest[..end]).Trim(' ');
                rest = end < 0 ? default : rest[(end + 1)..];
                if (pair.Length > name.Length && pair.Span[name.Length] == '=' && pair.Span.StartsWith(name, StringComparison.Ordinal))
                {
                    ReadOnlyMemory<char> value = Unquote(pair[(name.Length + 1)..]);
                    return value.IsEmpty ? default : Check(value);
                }
            }
        }

        return default;
    }

    private static ReadOnlyMemory<char> Unquote(ReadOnlyMemory<char> value) =>
        value.Length >= 2 && value.Span[0] == '"' && value.Span[^1] == '"' ? value[1..^1] : value;

    private static AccessToken Check(ReadOnlyMemory<char> value) =>
        IsWellFormed(value.Span) ? new AccessToken(TokenPresence.Found, value) : new AccessToken(TokenPresence.Malformed, default);
}
