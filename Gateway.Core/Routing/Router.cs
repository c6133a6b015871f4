using System.Buffers;
using System.Globalization;
using System.Text;
using Gateway.Core.Context;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Routing;

/// <summary>What routing found. Either a route, or why there is none.</summary>
/// <param name="Route">The route that wins; null on a miss.</param>
/// <param name="Miss">Why there is none.</param>
/// <param name="Nearest">On a wrong method: the most specific route of that path.</param>
internal readonly record struct RouteMatch(Route? Route, RouteMiss Miss, Route? Nearest);

/// <summary>
/// Finds a request's route in a tree of path segments: exact host before any host, then literal before int before parameter
/// before catch-all, segment by segment; a path that a more specific branch cannot take to its end is tried in the next.
/// Immutable and safe from any thread; a lookup allocates nothing and does not depend on the number of routes.
/// </summary>
internal sealed class Router
{
    /// <summary>Longest decoded segment that is looked up on the stack, in characters; longer ones rent.</summary>
    private const int StackSegment = 256;

    private readonly RouteNode _anyHost = new();
    private readonly Dictionary<string, RouteNode> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, RouteNode>.AlternateLookup<ReadOnlySpan<char>> _hostsBySpan;

    public Router(IReadOnlyList<Route> routes)
    {
        Routes = routes;
        _hostsBySpan = _hosts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (Route route in routes)
        {
            RoutePattern pattern = RoutePattern.Parse(route.Options.Pattern, out string? problem)
                ?? throw new ArgumentException(problem, nameof(routes));
            RootOf(route.Options.Host).Add(pattern.Segments, route);
        }
    }

    public IReadOnlyList<Route> Routes { get; }

    /// <param name="host">The request's host without its port.</param>
    /// <param name="path">The normalised path, still percent-encoded.</param>
    /// <param name="method">The request's method.</param>
    /// <param name="headers">The request's headers.</param>
    /// <param name="trace">Is told where the lookup gets no further; null, as for every request, when nobody wants to know.</param>
    public RouteMatch Find(ReadOnlySpan<char> host, ReadOnlySpan<char> path, string method, IHeaderDictionary headers, RouteTrace? trace = null)
    {
        var search = new Search(method, headers) { Trace = trace };
        ReadOnlySpan<char> rest = path[1..];
        Route? found = null;
        if (_hosts.Count > 0 && _hostsBySpan.TryGetValue(host, out RouteNode? root))
        {
            found = search.Walk(root, rest);
        }
        else if (_hosts.Count > 0)
        {
            trace?.OtherHost();
        }

        found ??= search.Walk(_anyHost, rest);
        if (found is not null)
        {
            return new RouteMatch(found, RouteMiss.None, null);
        }

        return new RouteMatch(null, search.Nearest is null ? RouteMiss.UnknownPath : RouteMiss.WrongMethod, search.Nearest);
    }

    /// <summary>The methods that the path allows, for the Allow header of a 405. Off the usual way: this one allocates.</summary>
    public string Allow(ReadOnlySpan<char> host, ReadOnlySpan<char> path, IHeaderDictionary headers)
    {
        var allowed = new SortedSet<string>(StringComparer.Ordinal);
        var search = new Search("", headers) { Allowed = allowed };
        if (_hostsBySpan.TryGetValue(host, out RouteNode? root))
        {
            search.Walk(root, path[1..]);
        }

        search.Walk(_anyHost, path[1..]);
        return string.Join(", ", allowed);
    }

    private RouteNode RootOf(string? host)
    {
        if (host is null)
        {
            return _anyHost;
        }

        if (!_hosts.TryGetValue(host, out RouteNode? root))
        {
            _hosts[host] = root = new RouteNode();
        }

        return root;
    }

    private ref struct Search(string method, IHeaderDictionary headers)
    {
        public Route? Nearest;
        public SortedSet<string>? Allowed;

        /// <summary>Asked for only where the way ends, so that a route that is found costs nothing more.</summary>
        public RouteTrace? Trace;

        /// <summary>Goes down the tree along the path; null when no branch takes it to its end.</summary>
        public Route? Walk(RouteNode node, ReadOnlySpan<char> rest)
        {
            int slash = rest.IndexOf('/');
            ReadOnlySpan<char> segment = slash < 0 ? rest : rest[..slash];
            Route? found = segment.Contains('%') ? WalkEncoded(node, segment, rest, slash) : Step(node, segment, rest, slash);
            return found ?? Choose(node.CatchAlls);
        }

        /// <summary>Literals are compared decoded, so that <c>/%61dmin</c> cannot slip past the route of <c>/admin</c>.</summary>
        private Route? WalkEncoded(RouteNode node, ReadOnlySpan<char> segment, ReadOnlySpan<char> rest, int slash)
        {
            char[]? rented = segment.Length > StackSegment ? ArrayPool<char>.Shared.Rent(segment.Length) : null;
            Span<char> buffer = rented ?? stackalloc char[StackSegment];
            int length = Decode(segment, buffer);
            Route? found = Step(node, buffer[..length], rest, slash);
            if (rented is not null)
            {
                ArrayPool<char>.Shared.Return(rented);
            }

            return found;
        }

        private Route? Step(RouteNode node, scoped ReadOnlySpan<char> decoded, ReadOnlySpan<char> rest, int slash)
        {
            Route? found = null;
            if (node.Literal(decoded) is { } literal)
            {
                found = Onward(literal, rest, slash);
            }

            if (found is null && node.Int is { } number && IsInt(decoded))
            {
                found = Onward(number, rest, slash);
            }

            if (found is null && node.Parameter is { } parameter && decoded.Length > 0)
            {
                found = Onward(parameter, rest, slash);
            }

            if (found is null)
            {
                Trace?.NoChild(node, decoded, rest);
            }

            return found;
        }

        private Route? Onward(RouteNode next, ReadOnlySpan<char> rest, int slash)
        {
            if (slash < 0 && Trace is not null && next.Ends.Length == 0 && next.CatchAlls.Length == 0)
            {
                Trace.NoEnd();
            }

            return slash >= 0 ? Walk(next, rest[(slash + 1)..]) : Choose(next.Ends) ?? Choose(next.CatchAlls);
        }

        private Route? Choose(RouteCandidate[] candidates)
        {
            Route? implied = null;
            foreach (RouteCandidate candidate in candidates)
            {
                int missing = FirstMissing(candidate.Headers);
                if (missing >= 0)
                {
                    Trace?.Refused(RoutePredicate.Header, candidate.Headers[missing].Key);
                    continue;
                }

                if (candidate.Takes(method, out bool onlyImplied) && Allowed is null)
                {
                    if (!onlyImplied)
                    {
                        return implied is not null && candidate.AnyMethod ? implied : candidate.Route;
                    }

                    implied ??= candidate.Route;
                    continue;
                }

                Trace?.Refused(RoutePredicate.Method, "");
                Nearest ??= candidate.Route;
                Allowed?.UnionWith(candidate.AllowedMethods);
            }

            return implied;
        }

        /// <summary>The place of the first header that the request does not have with that one value; negative when it has all.</summary>
        private readonly int FirstMissing(KeyValuePair<string, string>[] wanted)
        {
            for (int i = 0; i < wanted.Length; i++)
            {
                (string name, string value) = wanted[i];
                if (!headers.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues given) || given.Count != 1 || given[0] != value)
                {
                    return i;
                }
            }

            return -1;
        }

        private static bool IsInt(ReadOnlySpan<char> text) =>
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) && text[0] != '+';

        /// <summary>Undoes percent-encoding, one character at a time; what is not UTF-8 becomes U+FFFD and so equals no literal.
        /// The normaliser has made sure that every percent sign has its two digits.</summary>
        private static int Decode(ReadOnlySpan<char> segment, Span<char> into)
        {
            Span<byte> encoded = stackalloc byte[4];
            int length = 0;
            for (int i = 0; i < segment.Length;)
            {
                if (segment[i] != '%')
                {
                    into[length++] = segment[i++];
                    continue;
                }

                int count = 0;
                for (int at = i; count < encoded.Length && at < segment.Length && segment[at] == '%'; at += 3)
                {
                    encoded[count++] = byte.Parse(segment.Slice(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                }

                Rune.DecodeFromUtf8(encoded[..count], out Rune rune, out int consumed);
                length += rune.EncodeToUtf16(into[length..]);
                i += 3 * consumed;
            }

            return length;
        }
    }
}
