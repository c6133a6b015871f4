using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Gateway.Host.Admin;

/// <summary>
/// Who may ask the admin port for what is not metrics or health, which answer by any name, and who may change something by it. No page of another origin that a browser has open: neither by a form or a script
/// (the origin is another), nor by a name that its owner has made to mean this machine (the host is another: DNS rebinding). To change something, whoever has the token.
/// </summary>
/// <param name="token">Null when there is none: then nothing can be changed.</param>
/// <param name="hosts">Names by which the admin port may be called, beside addresses, localhost and the machine's name.</param>
internal sealed class AdminGuard(string? token, IReadOnlyCollection<string> hosts)
{
    private const string Scheme = "Bearer ";

    private volatile byte[]? _hash = token is null ? null : HashOf(token);
    private readonly HashSet<string> _hosts = new([.. hosts, "localhost", Environment.MachineName], StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether there is a token.</summary>
    public bool AllowsChanges => _hash is not null;

    /// <summary>Another token counts from now on, and the one before no more.</summary>
    public void UseToken(string next) => _hash = HashOf(next);

    /// <summary>What stands against an answer; null when nothing does.</summary>
    public AdminProblem? RefusesToAnswer(HttpContext http)
    {
        // HTTP/1.0 may name none, but no browser speaks it.
        HostString host = http.Request.Host;
        return !host.HasValue || IsOwn(host.Host) ? null
            : AdminProblem.Of(StatusCodes.Status421MisdirectedRequest,
                "The request names a host that this admin port does not go by; call it by its address, or set Gateway:Admin:AllowedHosts.");
    }

    /// <summary>What stands against an answer that goes on and takes a place meanwhile; null when nothing does. A page of another origin cannot
    /// read it, and would hold the place all the same: browsers say whose page asks by Sec-Fetch-Site, or by Origin.</summary>
    public static AdminProblem? RefusesToStream(HttpContext http)
    {
        StringValues origin = http.Request.Headers.Origin;
        bool isForeign = http.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
            || (origin.Count > 0 && !IsSame(origin.ToString(), http.Request.Host));
        return isForeign ? AdminProblem.Of(StatusCodes.Status403Forbidden, "The request comes from a page of another origin.") : null;
    }

    /// <summary>What stands against a change; null when nothing does.</summary>
    public AdminProblem? RefusesToChange(HttpContext http)
    {
        if (RefusesToAnswer(http) is { } problem)
        {
            return problem;
        }

        StringValues origin = http.Request.Headers.Origin;
        if (origin.Count > 0 && !IsSame(origin.ToString(), http.Request.Host))
        {
            return AdminProblem.Of(StatusCodes.Status403Forbidden, "The request comes from a page of another origin.");
        }

        if (_hash is null)
        {
            return AdminProblem.Of(StatusCodes.Status403Forbidden, "There is no admin token, so nothing can be changed; set Gateway:Admin:TokenFile.");
        }

        if (!IsToken(http.Request.Headers.Authorization))
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return AdminProblem.Of(StatusCodes.Status401Unauthorized, "Changes need the admin token: Authorization: Bearer, with the content of Gateway:Admin:TokenFile.");
        }

        return null;
    }

    private bool IsOwn(string host) => _hosts.Contains(host) || IPAddress.TryParse(host.Trim('[', ']'), out _);

    /// <summary>In a time that does not tell how much of it is right: what is compared are two hashes, whole.</summary>
    private bool IsToken(StringValues header) =>
        header.Count == 1 && header[0] is { } value && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(HashOf(value[Scheme.Length..].Trim(' ')), _hash);

    private static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>Whether a page is this port's own, as the browser sees it: another port may have been forwarded to this one, TLS taken off before it.</summary>
    private static bool IsSame(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.AbsolutePath == "/"
        && uri.Authority.Equals(host.Value, StringComparison.OrdinalIgnoreCase);
}
