namespace Gateway.Core.Routing;

/// <summary>What a route asks of a request.</summary>
internal enum RoutePredicate
{
    /// <summary>The host that the route names.</summary>
    Host,

    /// <summary>A segment of the path that is one word.</summary>
    Literal,

    /// <summary>A segment that is a whole number.</summary>
    Int,

    /// <summary>A segment that is not empty.</summary>
    Parameter,

    /// <summary>That the path ends where the pattern ends.</summary>
    End,

    /// <summary>That the path goes on where the pattern does.</summary>
    More,

    /// <summary>A header with its value.</summary>
    Header,

    /// <summary>One of the methods.</summary>
    Method,
}

/// <summary>Where a request got no further.</summary>
/// <param name="Predicate">What was not met.</param>
/// <param name="Segments">Segments of the path that had matched before.</param>
/// <param name="Subject">The path's next segment, decoded; the header's name; else empty.</param>
internal readonly record struct RouteObstacle(RoutePredicate Predicate, int Segments, string Subject);

/// <summary>
/// What a <see cref="Router"/> tells about one lookup when it is asked to: the obstacle that the lookup came to last on its way down, which is the
/// reason of a miss. Used by one thread; requests are looked up without one.
/// </summary>
/// <param name="path">The path that is looked up.</param>
internal sealed class RouteTrace(string path)
{
    /// <summary>The furthest one; null when there was none.</summary>
    public RouteObstacle? Furthest { get; private set; }

    /// <summary>Whether some routes name hosts, and none of them this one.</summary>
    public bool IsOtherHost { get; private set; }

    public void OtherHost() => IsOtherHost = true;

    /// <summary>No child of the node takes the segment.</summary>
    /// <param name="node">The node.</param>
    /// <param name="segment">Decoded.</param>
    /// <param name="rest">What of the path begins with it.</param>
    public void NoChild(RouteNode node, ReadOnlySpan<char> segment, ReadOnlySpan<char> rest) => Meet(
        node.HasLiterals ? RoutePredicate.Literal : node.Int is not null ? RoutePredicate.Int
            : node.Parameter is not null ? RoutePredicate.Parameter : RoutePredicate.End,
        SegmentsBefore(rest), segment.ToString());

    /// <summary>The path ends at a node where no route does.</summary>
    public void NoEnd() => Meet(RoutePredicate.More, SegmentsBefore([]) + 1, "");

    /// <summary>The path led to a route, which asks for more than a path.</summary>
    public void Refused(RoutePredicate predicate, string subject) => Meet(predicate, int.MaxValue, subject);

    private void Meet(RoutePredicate predicate, int segments, string subject)
    {
        if (Furthest is not { } known || segments > known.Segments)
        {
            Furthest = new RouteObstacle(predicate, segments, subject);
        }
    }

    private int SegmentsBefore(ReadOnlySpan<char> rest) => path.AsSpan(1, path.Length - 1 - rest.Length).Count('/');
}
