namespace Gateway.Core.Routing;

internal enum SegmentKind
{
    Literal,
    Int,
    Parameter,
    CatchAll,
}

/// <summary>One piece of a pattern between slashes.</summary>
/// <param name="Kind">How it matches.</param>
/// <param name="Text">The literal's decoded text, or the parameter's name.</param>
internal readonly record struct PatternSegment(SegmentKind Kind, string Text);

/// <summary>
/// A route's path pattern, taken apart: <c>/api/products/{id:int}/{**rest}</c>. Matching is case-sensitive and strict about a
/// slash at the end; parameters match one non-empty segment, the catch-all any number, none included.
/// </summary>
internal sealed class RoutePattern
{
    private RoutePattern(string text, PatternSegment[] segments) => (Text, Segments) = (text, segments);

    public string Text { get; }

    public IReadOnlyList<PatternSegment> Segments { get; }

    /// <summary>The pattern without its names: two patterns of one shape match the same paths.</summary>
    public string Shape => "/" + string.Join('/', Segments.Select(static segment => segment.Kind switch
    {
        SegmentKind.Literal => segment.Text,
        SegmentKind.Int => "{:int}",
        SegmentKind.Parameter => "{}",
        _ => "{**}",
    }));

    /// <summary>Reads a pattern; what is wrong with it comes back in <paramref name="problem"/>.</summary>
    public static RoutePattern? Parse(string text, out string? problem)
    {
        if (!text.StartsWith('/'))
        {
            problem = $"'{text}' is not a pattern; it starts with '/'";
            return null;
        }

        string[] pieces = text[1..].Split('/');
        var segments = new PatternSegment[pieces.Length];
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < pieces.Length; i++)
        {
            problem = ParseSegment(pieces[i], isLast: i == pieces.Length - 1, names, out segments[i]);
            if (problem is not null)
            {
                problem = $"'{text}' is not a pattern: {problem}";
                return null;
            }
        }

        problem = null;
        return new RoutePattern(text, segments);
    }

    /// <summary>How many leading segments <paramref name="prefix"/> takes off; null when it is not made of the pattern's leading literals.</summary>
    public int? SegmentsOf(string prefix)
    {
        if (!prefix.StartsWith('/') || prefix.Length == 1)
        {
            return null;
        }

        string[] pieces = prefix[1..].Split('/');
        if (pieces.Length > Segments.Count)
        {
            return null;
        }

        for (int i = 0; i < pieces.Length; i++)
        {
            if (Segments[i].Kind != SegmentKind.Literal || Segments[i].Text != pieces[i])
            {
                return null;
            }
        }

        return pieces.Length;
    }

    private static string? ParseSegment(string piece, bool isLast, HashSet<string> names, out PatternSegment segment)
    {
        segment = new PatternSegment(SegmentKind.Literal, piece);
        if (!piece.Contains('{', StringComparison.Ordinal) && !piece.Contains('}', StringComparison.Ordinal))
        {
            return CheckLiteral(piece, isLast);
        }

        if (!piece.StartsWith('{') || !piece.EndsWith('}'))
        {
            return $"'{piece}' mixes text and braces; a parameter is a whole segment";
        }

        string inner = piece[1..^1];
        SegmentKind kind = SegmentKind.Parameter;
        if (inner.StartsWith("**", StringComparison.Ordinal))
        {
            (kind, inner) = (SegmentKind.CatchAll, inner[2..]);
            if (!isLast)
            {
                return $"'{piece}' must be the last segment";
            }
        }
        else if (inner.EndsWith(":int", StringComparison.Ordinal))
        {
            (kind, inner) = (SegmentKind.Int, inner[..^4]);
        }

        if (inner.Length == 0 || !inner.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            return $"'{piece}' is not a parameter; write {{name}}, {{name:int}} or {{**name}}";
        }

        segment = new PatternSegment(kind, inner);
        return names.Add(inner) ? null : $"the parameter '{inner}' stands in it twice";
    }

    private static string? CheckLiteral(string piece, bool isLast)
    {
        if (piece.Length == 0)
        {
            return isLast ? null : "it has an empty segment";
        }

        if (piece is "." or "..")
        {
            return $"'{piece}' never reaches matching, since dot segments are resolved before";
        }

        return piece.AsSpan().IndexOfAny("%?#\\*") >= 0 || piece.Any(static c => c <= ' ')
            ? $"'{piece}' has a character that a literal segment cannot have; write it decoded, without % ? # \\ * or spaces"
            : null;
    }
}
