using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Reception;

/// <summary>
/// Forwarded (RFC 7239), read from the right, as proxies append to it: so nothing that a client wrote, an open quote say, can reach into
/// what trusted proxies wrote after it. What is malformed, and all to its left, counts as absent.
/// </summary>
internal static class ForwardedHeader
{
    public const string Name = "Forwarded";

    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const string ListFiller = " \t,";

    /// <summary>RFC 9110 §5.6.2.</summary>
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create("!#$%&'*+-.^_`|~" + Letters);

    /// <summary>RFC 7239 §6.3.</summary>
    private static readonly SearchValues<char> HiddenCharacters = SearchValues.Create("._-" + Letters);

    private static readonly SearchValues<char> DigitsOfV6 = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>The well-formed elements at the right end, <see cref="ClientAddress.MaxHops"/> at the most; null when there is none.</summary>
    public static string? WellFormed(StringValues header)
    {
        if (header.Count == 0)
        {
            return null;
        }

        string value = header.ToString();
        ReadOnlySpan<char> rest = value;
        int start = value.Length;
        for (int elements = 0; elements < ClientAddress.MaxHops && TryTakeLast(ref rest, out _); elements++)
        {
            start = rest.Length;
        }

        ReadOnlySpan<char> wellFormed = value.AsSpan(start).Trim(ListFiller);
        return wellFormed.IsEmpty ? null : wellFormed.Length == value.Length ? value : wellFormed.ToString();
    }

    /// <summary>Takes the last element off. False when it is malformed, or there is none.</summary>
    /// <param name="rest">The header's value; afterwards what stands left of the element and its comma.</param>
    /// <param name="node">Value of its <c>for</c> as it is written, quotes included; empty when it has none.</param>
    public static bool TryTakeLast(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> node)
    {
        // RFC 9110 §5.6.1.2: empty elements of a list are ignored.
        rest = rest.TrimEnd(ListFiller);
        int comma = LastComma(rest);
        ReadOnlySpan<char> element = rest[(comma + 1)..].TrimStart(" \t");
        if (element.IsEmpty || !TryReadElement(element, out node))
        {
            node = default;
            return false;
        }

        rest = comma < 0 ? [] : rest[..comma];
        return true;
    }

    /// <summary>RFC 7239 §6: an address, perhaps with a port; an IPv6 address in brackets. False for <c>unknown</c> and <c>_hidden</c>.</summary>
    public static bool TryParseNode(ReadOnlySpan<char> node, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        ReadOnlySpan<char> name = node.Trim('"');
        bool isV6 = name is ['[', ..];
        int end = name.IndexOf(isV6 ? ']' : ':');
        if (isV6 && end < 0)
        {
            return false;
        }

        ReadOnlySpan<char> port = end < 0 ? [] : isV6 ? name[(end + 1)..] : name[end..];
        ReadOnlySpan<char> host = isV6 ? name[1..end] : end < 0 ? name : name[..end];
        return (port.IsEmpty || IsPort(port)) && IPAddress.TryParse(host, out address)
            && (isV6
                ? address.AddressFamily == AddressFamily.InterNetworkV6 && !host.ContainsAnyExcept(DigitsOfV6)
                : address.AddressFamily == AddressFamily.InterNetwork && host.SequenceEqual(address.ToString()));
    }

    private static bool IsPort(ReadOnlySpan<char> port) => port switch
    {
        [':', '_', _, ..] => !port[2..].ContainsAnyExcept(HiddenCharacters),
        [':', _, ..] => port.Length <= 6 && !port[1..].ContainsAnyExceptInRange('0', '9'),
        _ => false,
    };

    /// <summary>The last comma outside quotes; -1 when there is none, or a quote that was never opened.</summary>
    private static int LastComma(ReadOnlySpan<char> text)
    {
        int at = text.Length - 1;
        while (at >= 0 && text[at] != ',')
        {
            at = text[at] == '"' ? OpeningQuote(text[..at]) - 1 : at - 1;
        }

        return Math.Max(at, -1);
    }

    /// <summary>The last quote that no backslash escapes; -1 when there is none.</summary>
    private static int OpeningQuote(ReadOnlySpan<char> text)
    {
        int at = text.LastIndexOf('"');
        while (at >= 0 && (at - 1 - text[..at].LastIndexOfAnyExcept('\\')) % 2 != 0)
        {
            at = text[..at].LastIndexOf('"');
        }

        return at;
    }

    /// <summary>RFC 7239 §4: pairs of name and value between semicolons, none twice; only <c>for</c> is looked at.</summary>
    private static bool TryReadElement(ReadOnlySpan<char> element, out ReadOnlySpan<char> node)
    {
        node = default;
        while (true)
        {
            int name = TokenLength(element);
            if (name > 0)
            {
                ReadOnlySpan<char> rest = element[name..];
                int value = rest is ['=', ..] ? ValueLength(rest[1..]) : 0;
                bool isFor = element[..name].Equals("for", StringComparison.OrdinalIgnoreCase);
                if (value == 0 || (isFor && !node.IsEmpty))
                {
                    return false;
                }

                node = isFor ? rest.Slice(1, value) : node;
                element = rest[(1 + value)..];
            }

            if (element is not [';', ..])
            {
                return element.IsEmpty;
            }

            element = element[1..];
        }
    }

    private static int TokenLength(ReadOnlySpan<char> text) =>
        text.IndexOfAnyExcept(TokenCharacters) is >= 0 and int end ? end : text.Length;

    /// <summary>Length of a token or a quoted string, quotes included; 0 when neither stands here.</summary>
    private static int ValueLength(ReadOnlySpan<char> text)
    {
        if (text is not ['"', ..])
        {
            return TokenLength(text);
        }

        for (int at = 1; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                return at + 1;
            }

            at += text[at] == '\\' ? 1 : 0;
            if (at < text.Length && text[at] is (< ' ' and not '\t') or '\x7f')
            {
                return 0;
            }
        }

        return 0;
    }
}
