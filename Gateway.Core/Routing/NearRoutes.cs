using Gateway.Core.Context;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Routing;

/// <summary>A route that a request met, or nearly met.</summary>
/// <param name="Route">The route.</param>
/// <param name="Pattern">Its pattern, taken apart.</param>
/// <param name="Obstacles">What it asks and the request has not: the host, then the first of path, headers and method. None when the route would take
/// the request if there were no other.</param>
/// <param name="Distance">How far the path is from the pattern: 0 when it fits.</param>
internal sealed record NearRoute(Route Route, RoutePattern Pattern, IReadOnlyList<RouteObstacle> Obstacles, double Distance);

/// <summary>What a search for near routes found.</summary>
/// <param name="Nearest">Nearest first: by the number of obstacles and the distance of the path, then in the router's order, then by name.</param>
/// <param name="Taking">Routes that would take the request, of those that the router was asked about, the ones that are not returned included.</param>
/// <param name="Asked">Routes that the router was asked about.</param>
/// <param name="IsWhole">Whether every route that could take the request is among those.</param>
internal sealed record NearSearch(IReadOnlyList<NearRoute> Nearest, int Taking, int Asked, bool IsWhole);

/// <summary>
/// Which routes a request met, or nearly met, and what stood between: each route is asked by itself, by the router's own code. Immutable and safe
/// from any thread. Off the way of requests: it allocates, and takes some microseconds a route.
/// </summary>
internal sealed class NearRoutes
{
    /// <summary>Routes that are asked by the router, of those whose paths are the nearest.</summary>
    internal const int MostAsked = 64;

    private readonly (Route Route, RoutePattern Pattern)[] _routes;
    private readonly bool _hasAll;

    /// <param name="routes">Those to be searched.</param>
    /// <param name="most">How many of them are looked at, the first in their order.</param>
    public NearRoutes(IReadOnlyList<Route> routes, int most = int.MaxValue)
    {
        _routes = [.. routes.Take(most).Select(static route => (route, RoutePattern.Parse(route.Options.Pattern, out _)!))];
        _hasAll = routes.Count <= most && !Array.Exists(_routes, static one => one.Pattern.Segments.Count > PathDistance.MostSegments);
    }

    /// <summary>Asks the router about the routes whose paths are the nearest, no more than <see cref="MostAsked"/>.</summary>
    /// <param name="host">The request's host without its port.</param>
    /// <param name="path">The normalised path, still percent-encoded.</param>
    /// <param name="method">The request's method.</param>
    /// <param name="headers">The request's headers.</param>
    /// <param name="most">How many to return.</param>
    public NearSearch Of(string host, string path, string method, IHeaderDictionary headers, int most)
    {
        string[] segments = [.. path[1..].Split('/').Select(Uri.UnescapeDataString)];
        (Route Route, RoutePattern Pattern, double? Distance)[] candidates =
        [
            .. _routes.Select(one => (one.Route, one.Pattern, Distance: PathDistance.Between(segments, one.Pattern.Segments)))
                .Where(static one => one.Distance is not null)
                .OrderBy(static one => one.Distance).ThenBy(static one => one.Route.Name, StringComparer.Ordinal),
        ];
        NearRoute[] asked =
        [
            .. candidates.Take(MostAsked)
                .Select(one => new NearRoute(one.Route, one.Pattern, ObstaclesOf(one.Route, host, path, method, headers), one.Distance!.Value))
                .OrderBy(static near => near.Obstacles.Count + near.Distance)
                .ThenBy(static near => near, Comparer<NearRoute>.Create((a, b) => RoutePrecedence.Compare(a, b, method))),
        ];

        // Whoever takes the request has the distance 0, so none of them is left out while one that is farther is asked.
        bool isWhole = _hasAll && segments.Length <= PathDistance.MostSegments && (candidates.Length <= MostAsked || candidates[MostAsked].Distance > 0);
        return new NearSearch([.. asked.Take(most)], asked.Count(static one => one.Obstacles.Count == 0), asked.Length, isWhole);
    }

    /// <summary>What a route asks and the request has not.</summary>
    public static IReadOnlyList<RouteObstacle> ObstaclesOf(Route route, string host, string path, string method, IHeaderDictionary headers)
    {
        var alone = new Router([route]);
        var trace = new RouteTrace(path);
        if (alone.Find(host, path, method, headers, trace).Route is not null)
        {
            return [];
        }

        if (!trace.IsOtherHost)
        {
            return [trace.Furthest!.Value];
        }

        var other = new RouteObstacle(RoutePredicate.Host, 0, host);
        trace = new RouteTrace(path);
        return alone.Find(route.Options.Host, path, method, headers, trace).Route is null ? [other, trace.Furthest!.Value] : [other];
    }
}
