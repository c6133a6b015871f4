using System.Collections.Frozen;

namespace Gateway.Core.Authentication;

/// <summary>
/// Paths that need no token. Compared byte for byte with the normalised path that is also forwarded: another spelling
/// (case, percent-encoding) does not match, so that at worst a token is asked for. Immutable; safe from any thread.
/// </summary>
internal sealed class SkipPaths
{
    private const string Below = "/**";

    private readonly FrozenSet<string> _exact;
    private readonly string[] _prefixes;

    /// <param name="paths">Valid <see cref="AuthOptions.SkipPaths"/>.</param>
    public SkipPaths(IReadOnlyList<string> paths)
    {
        _exact = paths.Where(path => !path.EndsWith(Below, StringComparison.Ordinal)).ToFrozenSet(StringComparer.Ordinal);
        _prefixes = [.. paths.Where(path => path.EndsWith(Below, StringComparison.Ordinal)).Select(path => path[..^Below.Length])];
    }

    /// <summary>Whether the path is listed, or is or lies below a listed prefix. Allocates nothing.</summary>
    /// <param name="path">Still percent-encoded, dot segments resolved; starts with a slash.</param>
    public bool Contains(string path)
    {
        if (_exact.Contains(path))
        {
            return true;
        }

        foreach (string prefix in _prefixes)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal)
                && (path.Length == prefix.Length || path[prefix.Length] == '/')
                && !HasHiddenSeparator(path.AsSpan(prefix.Length)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A route may keep %2F, and a service may take it for a slash: /public/..%2Fsecret must not count as below /public.</summary>
    private static bool HasHiddenSeparator(ReadOnlySpan<char> rest) =>
        rest.Contains('\\')
        || (rest.Contains('%')
            && (rest.Contains("%2f", StringComparison.OrdinalIgnoreCase) || rest.Contains("%5c", StringComparison.OrdinalIgnoreCase)));
}
