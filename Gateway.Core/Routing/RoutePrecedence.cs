namespace Gateway.Core.Routing;

/// <summary>
/// Which of two routes that a request meets goes first, and by what: the order in which the <see cref="Router"/> walks its tree, in words. Decides
/// about no request; a test holds that both agree.
/// </summary>
internal static class RoutePrecedence
{
    /// <summary>Negative when the first goes first. Never 0 for two routes.</summary>
    public static int Compare(NearRoute a, NearRoute b, string method) => Decide(a, b, method).Order;

    /// <summary>By what the winner goes first, as the end of a sentence that begins with its name.</summary>
    public static string Reason(NearRoute winner, NearRoute other, string method) => Decide(winner, other, method).Reason;

    private static (int Order, string Reason) Decide(NearRoute a, NearRoute b, string method)
    {
        int byHost = (a.Route.Options.Host is null).CompareTo(b.Route.Options.Host is null);
        if (byHost != 0)
        {
            return (byHost, "names its host, and a named host goes before any");
        }

        for (int i = 0; i < a.Pattern.Segments.Count && i < b.Pattern.Segments.Count; i++)
        {
            (SegmentKind mine, SegmentKind others) = (a.Pattern.Segments[i].Kind, b.Pattern.Segments[i].Kind);
            if (mine != others)
            {
                return (mine.CompareTo(others), $"has {Name(mine)} as its segment {i + 1}, which goes before {Name(others)}");
            }
        }

        int byLength = b.Pattern.Segments.Count.CompareTo(a.Pattern.Segments.Count);
        if (byLength != 0)
        {
            // Of two patterns that both take one path, the longer ends in a catch-all of nothing.
            return (-byLength, "ends where the path ends, which goes before a catch-all of nothing");
        }

        int byMethod = RankOf(a, method).CompareTo(RankOf(b, method));
        if (byMethod != 0)
        {
            return (byMethod, "names the method, which goes before one that is implied, and that before any");
        }

        int byHeaders = b.Route.Options.Headers.Count.CompareTo(a.Route.Options.Headers.Count);
        return byHeaders != 0
            ? (byHeaders, "asks for more headers")
            : (string.CompareOrdinal(a.Route.Name, b.Route.Name), "comes first by its name");
    }

    /// <summary>0 for a method that is named, 1 for HEAD where GET is, 2 for any.</summary>
    private static int RankOf(NearRoute near, string method) =>
        near.Route.Options.Methods is not { } methods ? 2 : methods.Contains(method, StringComparer.Ordinal) ? 0 : 1;

    private static string Name(SegmentKind kind) => kind switch
    {
        SegmentKind.Literal => "a literal",
        SegmentKind.Int => "a whole number",
        SegmentKind.Parameter => "a parameter",
        _ => "a catch-all",
    };
}
