namespace Gateway.Core.Errors;

/// <summary>"Did you mean": the known word nearest to a mistyped one.</summary>
internal static class Suggestion
{
    /// <summary><c>; did you mean 'X'?</c>, or nothing if no known word is near.</summary>
    public static string For(string word, IEnumerable<string> known)
    {
        string? best = Nearest(word, known);
        return best is null ? "" : $"; did you mean '{best}'?";
    }

    /// <summary>The nearest known word within a third of the word's length (at least two edits), case ignored; else null.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        int limit = Math.Max(2, word.Length / 3);
        string? best = null;
        foreach (string candidate in known)
        {
            int distance = Distance(word, candidate);
            if (distance <= limit && distance < candidate.Length)
            {
                (best, limit) = (candidate, distance - 1);
            }
        }

        return best;
    }

    /// <summary>Edits as a share of the longer word, case ignored; null when they are too many for a typing mistake.</summary>
    public static double? WrongShare(string word, string known)
    {
        // What differs more in length than a typing mistake can is not worth comparing.
        int limit = Math.Max(2, word.Length / 3);
        int distance = Math.Abs(word.Length - known.Length) > limit ? int.MaxValue : Distance(word, known);
        return distance <= limit && distance < known.Length && distance < word.Length
            ? Math.Max(distance, 0.5) / Math.Max(word.Length, known.Length)
            : null;
    }

    /// <summary>Edits between two words: insertions, deletions, replacements, and swaps of neighbours.</summary>
    private static int Distance(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                int replace = Same(a[i - 1], b[j - 1]) ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + replace);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => char.ToUpperInvariant(a) == char.ToUpperInvariant(b);
}
