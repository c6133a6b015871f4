using Gateway.Core.Context;

namespace Gateway.Core.Routing;

/// <summary>A route at the end of a path in the tree, with what is still to be compared: method and headers.</summary>
internal sealed class RouteCandidate
{
    private readonly string[]? _methods;
    private readonly bool _impliesHead;

    public RouteCandidate(Route route)
    {
        Route = route;
        _methods = route.Options.Methods?.ToArray();
        _impliesHead = _methods is not null && _methods.Contains("GET") && !_methods.Contains("HEAD");
        Headers = [.. route.Options.Headers];
    }

    public Route Route { get; }

    public KeyValuePair<string, string>[] Headers { get; }

    public bool AnyMethod => _methods is null;

    /// <summary>The methods for an Allow header, HEAD beside GET; none for a route that takes all.</summary>
    public IEnumerable<string> AllowedMethods => _impliesHead ? _methods!.Append("HEAD") : _methods ?? [];

    public bool Takes(string method, out bool onlyImplied)
    {
        onlyImplied = false;
        if (_methods is null)
        {
            return true;
        }

        foreach (string own in _methods)
        {
            if (own == method)
            {
                return true;
            }
        }

        onlyImplied = _impliesHead && method == "HEAD";
        return onlyImplied;
    }

    /// <summary>Order among the candidates of one path: a named method before any, more headers before fewer, then the name.</summary>
    public static int Compare(RouteCandidate a, RouteCandidate b)
    {
        int byMethod = a.AnyMethod.CompareTo(b.AnyMethod);
        int byHeaders = b.Headers.Length.CompareTo(a.Headers.Length);
        return byMethod != 0 ? byMethod : byHeaders != 0 ? byHeaders : string.CompareOrdinal(a.Route.Name, b.Route.Name);
    }
}

/// <summary>A node of the segment tree: what may follow the path so far. Built once, then only read.</summary>
internal sealed class RouteNode
{
    private Dictionary<string, RouteNode>? _literals;
    private Dictionary<string, RouteNode>.AlternateLookup<ReadOnlySpan<char>> _literalsBySpan;

    public RouteNode? Int { get; private set; }

    public RouteNode? Parameter { get; private set; }

    /// <summary>Routes that end here.</summary>
    public RouteCandidate[] Ends { get; private set; } = [];

    /// <summary>Routes whose catch-all begins here.</summary>
    public RouteCandidate[] CatchAlls { get; private set; } = [];

    public bool HasLiterals => _literals is not null;

    public RouteNode? Literal(ReadOnlySpan<char> decoded) =>
        _literals is not null && _literalsBySpan.TryGetValue(decoded, out RouteNode? node) ? node : null;

    public void Add(IReadOnlyList<PatternSegment> segments, Route route)
    {
        RouteNode node = this;
        foreach (PatternSegment segment in segments)
        {
            if (segment.Kind == SegmentKind.CatchAll)
            {
                node.CatchAlls = Insert(node.CatchAlls, route);
                return;
            }

            node = node.Child(segment);
        }

        node.Ends = Insert(node.Ends, route);
    }

    private RouteNode Child(PatternSegment segment)
    {
        switch (segment.Kind)
        {
            case SegmentKind.Int:
                return Int ??= new RouteNode();
            case SegmentKind.Parameter:
                return Parameter ??= new RouteNode();
            default:
                if (_literals is null)
                {
                    _literals = new Dictionary<string, RouteNode>(StringComparer.Ordinal);
                    _literalsBySpan = _literals.GetAlternateLookup<ReadOnlySpan<char>>();
                }

                if (!_literals.TryGetValue(segment.Text, out RouteNode? child))
                {
                    _literals[segment.Text] = child = new RouteNode();
                }

                return child;
        }
    }

    private static RouteCandidate[] Insert(RouteCandidate[] candidates, Route route)
    {
        RouteCandidate[] all = [.. candidates, new RouteCandidate(route)];
        Array.Sort(all, RouteCandidate.Compare);
        return all;
    }
}
