using System.Buffers;
using System.Text;

namespace Gateway.Core.Reception;

/// <summary>What became of a request target.</summary>
/// <param name="Path">The normalised path, still percent-encoded.</param>
/// <param name="Query">The query with its question mark, byte for byte, or empty.</param>
/// <param name="HasEncodedSlash">Whether the path as sent has a <c>%2F</c>, be it in a segment that a dot segment takes away.</param>
/// <param name="Problem">Why the target is refused; null when it is fine.</param>
internal readonly record struct NormalizedTarget(string Path, string Query, bool HasEncodedSlash, string? Problem);

/// <summary>
/// Makes the one path that is both matched and forwarded. Dot segments are resolved (RFC 3986 §5.2.4), <c>%2e</c> counting as a
/// dot; nothing else is decoded, re-encoded or merged. What services are known to read differently is refused.
/// </summary>
internal static class PathNormalizer
{
    private static readonly SearchValues<char> Unusual = SearchValues.Create("%\\");

    /// <summary>RFC 3986 §2 has no others: a control character or space would end the request line at the service.</summary>
    private static readonly SearchValues<char> Allowed = SearchValues.Create(
        "!\"$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>What ends or hides a host in some reader's eyes: user information, a backslash taken for a slash.</summary>
    private static readonly SearchValues<char> Misleading = SearchValues.Create("@\\");

    /// <param name="target">The request target as sent: origin-form or absolute-form (RFC 9112 §3.2).</param>
    public static NormalizedTarget Normalize(string target)
    {
        int start = StartOfPath(target);
        if (start < 0)
        {
            return Refused("The request target is not a path.");
        }

        if (target.AsSpan().ContainsAnyExcept(Allowed))
        {
            return Refused("The request target contains a character that none may have.");
        }

        if (start > 0 && target.AsSpan(0, start).ContainsAny(Misleading))
        {
            return Refused("The request target's authority is more than a host and a port.");
        }

        int mark = target.AsSpan(start).IndexOf('?');
        int end = mark < 0 ? target.Length : start + mark;
        string query = mark < 0 ? "" : target[end..];
        ReadOnlySpan<char> path = target.AsSpan(start, end - start);
        if (path.Length == 0)
        {
            return new NormalizedTarget("/", query, false, null);
        }

        bool encodedSlash = false;
        bool isUnusual = path.ContainsAny(Unusual);
        if (isUnusual && Inspect(path, out encodedSlash) is { } problem)
        {
            return Refused(problem);
        }

        // Dot segments begin with a slash and a dot, plain or encoded; without one the path stands as it is.
        if (!path.Contains("/.", StringComparison.Ordinal) && !(isUnusual && path.Contains("/%2e", StringComparison.OrdinalIgnoreCase)))
        {
            return new NormalizedTarget(path.Length == target.Length ? target : path.ToString(), query, encodedSlash, null);
        }

        return ResolveDots(path, target) is { } resolved
            ? new NormalizedTarget(resolved, query, encodedSlash, null)
            : Refused("The path climbs above its root, or hides a dot segment behind ';'.");
    }

    private static NormalizedTarget Refused(string problem) => new("/", "", false, problem);

    /// <summary>Where the path begins: at once, or behind scheme and authority. Negative for <c>*</c> and authority-form.</summary>
    private static int StartOfPath(string target)
    {
        if (target.StartsWith('/'))
        {
            return 0;
        }

        int scheme = target.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0)
        {
            return -1;
        }

        int start = target.AsSpan(scheme + 3).IndexOfAny('/', '?');
        return start < 0 ? target.Length : start + scheme + 3;
    }

    private static string? Inspect(ReadOnlySpan<char> path, out bool encodedSlash)
    {
        encodedSlash = false;
        for (int i = 0; i < path.Length; i++)
        {
            switch (path[i])
            {
                case '\\':
                    return "The path contains a backslash.";
                case '%':
                    if (i + 2 >= path.Length || !char.IsAsciiHexDigit(path[i + 1]) || !char.IsAsciiHexDigit(path[i + 2]))
                    {
                        return "The path contains a '%' without two hexadecimal digits.";
                    }

                    switch (Octet(path[i..]))
                    {
                        case 0:
                            return "The path contains an encoded NUL.";
                        case < ' ' or 0x7F:
                            return "The path contains an encoded control character.";
                        case '\\':
                            return "The path contains an encoded backslash.";
                        case '/':
                            encodedSlash = true;
                            break;
                        case > 0x7F:
                            int bytes = Utf8Sequence(path[i..]);
                            if (bytes == 0)
                            {
                                return "The path contains encoded bytes that are not UTF-8.";
                            }

                            i += 3 * (bytes - 1);
                            break;
                    }

                    i += 2;
                    break;
            }
        }

        return null;
    }

    /// <summary>
    /// Length in bytes of the encoded UTF-8 sequence that begins here; 0 when it is none. Overlong forms are none (RFC 3629 §3):
    /// lenient decoders take <c>%c0%ae</c> for a dot and <c>%c0%af</c> for a slash.
    /// </summary>
    private static int Utf8Sequence(ReadOnlySpan<char> path)
    {
        Span<byte> bytes = stackalloc byte[4];
        int count = 0;
        while (count < bytes.Length && path.Length >= 3 && path[0] == '%' && char.IsAsciiHexDigit(path[1]) && char.IsAsciiHexDigit(path[2]))
        {
            bytes[count++] = (byte)Octet(path);
            path = path[3..];
        }

        return Rune.DecodeFromUtf8(bytes[..count], out _, out int consumed) == OperationStatus.Done ? consumed : 0;
    }

    /// <summary>The path without its dot segments; null when it climbs above the root or its meaning depends on the reader.</summary>
    /// <param name="path">Part of the target.</param>
    /// <param name="target">What comes back when it is all path and nothing was to be resolved, as in <c>/.well-known/x</c>.</param>
    private static string? ResolveDots(ReadOnlySpan<char> path, string target)
    {
        char[] rented = ArrayPool<char>.Shared.Rent(path.Length + 1);
        Span<char> output = rented;
        int length = 0;
        bool endsInDots = false;
        bool refused = false;
        ReadOnlySpan<char> rest = path;
        while (rest.Length > 0 && !refused)
        {
            int next = rest[1..].IndexOf('/');
            ReadOnlySpan<char> segment = next < 0 ? rest[1..] : rest[1..(next + 1)];
            rest = next < 0 ? [] : rest[(next + 1)..];
            int dots = CountDots(segment);
            endsInDots = dots is 1 or 2;
            switch (dots)
            {
                case 1:
                    break;
                case 2:
                    refused = length == 0;
                    length = refused ? 0 : output[..length].LastIndexOf('/');
                    break;
                case < 0:
                    refused = true;
                    break;
                default:
                    output[length++] = '/';
                    segment.CopyTo(output[length..]);
                    length += segment.Length;
                    break;
            }
        }

        if (endsInDots)
        {
            output[length++] = '/';
        }

        // Resolving always shortens: what is as long as the target is the target.
        string? resolved = refused ? null : length == target.Length ? target : output[..length].ToString();
        ArrayPool<char>.Shared.Return(rented);
        return resolved;
    }

    /// <summary>1 or 2 for a dot segment; 0 for any other; negative for <c>..;x</c>, which some services take for a dot segment.</summary>
    private static int CountDots(ReadOnlySpan<char> segment)
    {
        int dots = 0;
        while (segment.Length > 0 && dots < 3)
        {
            int width = segment[0] == '.' ? 1 : segment.StartsWith("%2e", StringComparison.OrdinalIgnoreCase) ? 3 : 0;
            if (width == 0)
            {
                break;
            }

            segment = segment[width..];
            dots++;
        }

        return segment.Length == 0 ? dots % 3 : dots is 1 or 2 && IsSemicolon(segment) ? -1 : 0;
    }

    private static bool IsSemicolon(ReadOnlySpan<char> rest) =>
        rest[0] == ';' || rest.StartsWith("%3b", StringComparison.OrdinalIgnoreCase);

    /// <summary>The byte that a percent sign and two digits stand for.</summary>
    private static int Octet(ReadOnlySpan<char> encoded) => (Hex(encoded[1]) << 4) | Hex(encoded[2]);

    private static int Hex(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
