using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Host.Admin;

/// <summary>Who may change something by the admin port: whoever has its token, and no page that a browser has open.</summary>
/// <param name="token">Null when there is none: then nothing can be changed.</param>
internal sealed class AdminGuard(string? token)
{
    private const string Scheme = "Bearer ";

    private readonly byte[]? _hash = token is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>What stands against a change; null when nothing does.</summary>
    public AdminProblem? Refuses(HttpContext http)
    {
        if (http.Request.Headers.Origin.Count > 0 && !IsOwn(http.Request.Headers.Origin.ToString(), http.Connection))
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

    /// <summary>In a time that does not tell how much of it is right.</summary>
    private bool IsToken(Microsoft.Extensions.Primitives.StringValues header) =>
        header.Count == 1 && header[0] is { } value && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(value[Scheme.Length..].Trim(' '))), _hash);

    /// <summary>The address that the connection came in by, or localhost: a name that an attacker has made to mean this machine is neither.</summary>
    private static bool IsOwn(string origin, ConnectionInfo connection) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttp && uri.Port == connection.LocalPort
        && (uri.Host == "localhost" || (IPAddress.TryParse(uri.DnsSafeHost, out IPAddress? address) && address.Equals(Unmapped(connection.LocalIpAddress))));

    private static IPAddress? Unmapped(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
}
