using Gateway.Core.Errors;

namespace Gateway.Core.Routing;

/// <summary>How far a path is from those that a pattern takes: an estimate for suggestions, which decides about no request.</summary>
internal static class PathDistance
{
    /// <summary>Segments of a path or a pattern that are compared; longer ones are far from everything.</summary>
    internal const int MostSegments = 24;

    /// <summary>Longest segment that is compared letter by letter.</summary>
    private const int LongestSegment = 48;

    /// <summary>One segment too many or too few; one that is another word altogether, which nobody writes by mistake; a text for a number.</summary>
    private const double Gap = 1, OtherWord = 2.5, WrongKind = 0.5;

    /// <summary>
    /// Edits between the path's segments and the pattern's: a lack or a surplus counts 1, a misspelt literal its share of wrong letters, another
    /// word more than two, a text for a number one half. Null when it is so far that nobody would have meant it.
    /// </summary>
    /// <param name="path">The path's segments.</param>
    /// <param name="pattern">The pattern's.</param>
    public static double? Between(IReadOnlyList<string> path, IReadOnlyList<PatternSegment> pattern)
    {
        if (path.Count > MostSegments || pattern.Count > MostSegments)
        {
            return null;
        }

        double farthest = Gap + (path.Count / 4.0);
        Span<double> before = stackalloc double[MostSegments + 1], row = stackalloc double[MostSegments + 1];
        for (int j = 0; j <= pattern.Count; j++)
        {
            before[j] = j == 0 ? 0 : before[j - 1] + LackOf(pattern, j - 1, isEnd: false);
        }

        for (int i = 1; i <= path.Count; i++)
        {
            row[0] = i * Gap;
            for (int j = 1; j <= pattern.Count; j++)
            {
                PatternSegment wanted = pattern[j - 1];
                bool takesAll = wanted.Kind == SegmentKind.CatchAll;
                double replaced = before[j - 1] + Between(path[i - 1], wanted);
                double surplus = before[j] + (takesAll ? 0 : Gap);
                double lack = row[j - 1] + LackOf(pattern, j - 1, isEnd: i == path.Count);
                row[j] = Math.Min(replaced, Math.Min(surplus, lack));
            }

            row.CopyTo(before);
        }

        return before[pattern.Count] <= farthest ? before[pattern.Count] : null;
    }

    /// <summary>A literal before a parameter is what the pattern is about: a path that lacks it and goes on is about something else.</summary>
    private static double LackOf(IReadOnlyList<PatternSegment> pattern, int at, bool isEnd) => pattern[at].Kind switch
    {
        SegmentKind.CatchAll => 0,
        SegmentKind.Literal when !isEnd && at + 1 < pattern.Count && pattern[at + 1].Kind != SegmentKind.Literal => OtherWord,
        _ => Gap,
    };

    private static double Between(string segment, PatternSegment wanted) => wanted.Kind switch
    {
        SegmentKind.CatchAll => 0,
        SegmentKind.Parameter => segment.Length > 0 ? 0 : Gap,
        SegmentKind.Int => long.TryParse(segment, System.Globalization.CultureInfo.InvariantCulture, out _) ? 0 : WrongKind,
        _ when segment == wanted.Text => 0,
        _ when segment.Length > LongestSegment || wanted.Text.Length > LongestSegment => OtherWord,
        _ => Suggestion.WrongShare(segment, wanted.Text) ?? OtherWord,
    };
}
