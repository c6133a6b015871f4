using System.Collections.Frozen;

namespace Gateway.Core.Telemetry;

/// <summary>The methods that metrics and spans name (RFC 9110, RFC 5789); any other would let clients make up labels.</summary>
internal static class KnownMethods
{
    private static readonly FrozenSet<string> Names =
        new[] { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE" }.ToFrozenSet(StringComparer.Ordinal);

    /// <param name="method">As sent; methods are case-sensitive.</param>
    public static bool Contains(string method) => Names.Contains(method);
}
