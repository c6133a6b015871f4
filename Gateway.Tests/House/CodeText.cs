using System.Text;

namespace Gateway.Tests.House;

/// <summary>C# text without what is not code. Good enough for rules about names and braces; it is no parser.</summary>
internal static class CodeText
{
    /// <summary>The same text with comments, strings and characters replaced by spaces; line breaks stay.</summary>
    public static string Strip(string source)
    {
        var code = new StringBuilder(source.Length);
        int i = 0;
        while (i < source.Length)
        {
            int end = EndOfNonCode(source, i);
            if (end == i)
            {
                code.Append(source[i++]);
                continue;
            }

            for (; i < end; i++)
            {
                code.Append(source[i] == '\n' ? '\n' : ' ');
            }
        }

        return code.ToString();
    }

    private static int EndOfNonCode(string source, int at)
    {
        ReadOnlySpan<char> rest = source.AsSpan(at);
        if (rest.StartsWith("//"))
        {
            return EndAfter(source, at, "\n", closes: false);
        }

        if (rest.StartsWith("/*"))
        {
            return EndAfter(source, at + 2, "*/", closes: true);
        }

        int quotes = rest.IndexOfAnyExcept('"');
        quotes = quotes < 0 ? rest.Length : quotes;
        if (quotes >= 3)
        {
            return EndAfter(source, at + quotes, new string('"', quotes), closes: true);
        }

        bool verbatim = at > 0 && (source[at - 1] == '@' || (source[at - 1] == '$' && at > 1 && source[at - 2] == '@'));
        return rest[0] is '"' or '\'' ? EndOfQuoted(source, at, rest[0], verbatim) : at;
    }

    private static int EndOfQuoted(string source, int at, char quote, bool verbatim)
    {
        for (int i = at + 1; i < source.Length; i++)
        {
            if (source[i] == '\\' && !verbatim)
            {
                i++;
            }
            else if (source[i] == quote && verbatim && i + 1 < source.Length && source[i + 1] == quote)
            {
                i++;
            }
            else if (source[i] == quote)
            {
                return i + 1;
            }
        }

        return source.Length;
    }

    private static int EndAfter(string source, int from, string mark, bool closes)
    {
        int found = source.IndexOf(mark, from, StringComparison.Ordinal);
        return found < 0 ? source.Length : closes ? found + mark.Length : found;
    }
}
