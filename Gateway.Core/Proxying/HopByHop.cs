using System.Collections.Frozen;
using System.Collections.Immutable;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Proxying;

/// <summary>Headers that end at the next hop (RFC 9110 §7.6.1): the fixed ones, and those that Connection names.</summary>
internal static class HopByHop
{
    /// <summary>The fixed ones.</summary>
    public static readonly ImmutableArray<string> Names =
    [
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
        "TE", "Trailer", "Transfer-Encoding", "Upgrade", "HTTP2-Settings",
    ];

    private static readonly FrozenSet<string> Fixed = Names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool Contains(string header) => Fixed.Contains(header);

    /// <summary>Whether Connection lists the header; <paramref name="connection"/> is usually empty.</summary>
    public static bool IsNamed(StringValues connection, string header)
    {
        foreach (string? value in connection)
        {
            ReadOnlySpan<char> rest = value;
            while (rest.Length > 0)
            {
                int comma = rest.IndexOf(',');
                ReadOnlySpan<char> token = (comma < 0 ? rest : rest[..comma]).Trim();
                if (token.Equals(header, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }

                rest = comma < 0 ? [] : rest[(comma + 1)..];
            }
        }

        return false;
    }
}
