using System.Globalization;
using Gateway.Core.Context;
using Gateway.Core.Routing;
using Gateway.Host.Configuration;

namespace Gateway.Host.Explaining;

/// <summary>Says in words why a route does not get a request.</summary>
internal static class NearMiss
{
    /// <summary>The predicate that failed, in the word of <see cref="ExplainedMiss.Failed"/>.</summary>
    public static string Failed(NearRoute near) => near.Obstacles.Count == 0 ? "precedence" : near.Obstacles[0].Predicate switch
    {
        RoutePredicate.Host => "host",
        RoutePredicate.Header => "header",
        RoutePredicate.Method => "method",
        _ => "path",
    };

    /// <param name="near">The route.</param>
    /// <param name="winner">The route that gets the request; null when none does.</param>
    /// <param name="method">The request's.</param>
    public static string Why(NearRoute near, NearRoute? winner, string method) => near.Obstacles.Count > 0
        ? string.Join("; ", near.Obstacles.Select(obstacle => Describe(near, obstacle, method)))
        : winner is null ? "takes the request" : $"takes it too, but '{winner.Route.Name}' {RoutePrecedence.Reason(winner, near, method)}";

    private static string Describe(NearRoute near, RouteObstacle obstacle, string method)
    {
        GatewayRouteOptions route = near.Route.Options;
        return obstacle.Predicate switch
        {
            RoutePredicate.Host => $"wants the host {route.Host}, {(obstacle.Subject.Length == 0 ? "and the request names none" : $"not {obstacle.Subject}")}",
            RoutePredicate.Method => $"takes {string.Join(", ", route.Methods ?? [])}, not {method}",
            RoutePredicate.Header => Header(route, obstacle.Subject),
            RoutePredicate.Literal => $"wants '{near.Pattern.Segments[obstacle.Segments].Text}' as segment {Number(obstacle)}, not '{Short(obstacle.Subject)}'",
            RoutePredicate.Int => $"wants a whole number as segment {Number(obstacle)}, not '{Short(obstacle.Subject)}'",
            RoutePredicate.Parameter => $"wants a segment {Number(obstacle)} that is not empty",
            RoutePredicate.End when obstacle.Subject.Length == 0 => "wants the path to end without a slash",
            RoutePredicate.End => $"wants the path to end before segment {Number(obstacle)}, '{Short(obstacle.Subject)}'",
            _ when near.Pattern.Segments[obstacle.Segments] is { Kind: SegmentKind.Literal, Text: "" } => "wants the path to end with a slash",
            _ => $"wants a segment {Number(obstacle)} too, {Described(near.Pattern.Segments[obstacle.Segments])}",
        };
    }

    private static string Header(GatewayRouteOptions route, string name)
    {
        string value = route.Headers.First(header => header.Key == name).Value;
        return $"wants the header {name}: {SecretKeys.Shown(value, Secrecy.ByName, name)}";
    }

    private static string Described(PatternSegment segment) => segment.Kind switch
    {
        SegmentKind.Literal => $"'{segment.Text}'",
        SegmentKind.Int => $"the whole number {{{segment.Text}}}",
        _ => $"{{{segment.Text}}}",
    };

    private static string Number(RouteObstacle obstacle) => (obstacle.Segments + 1).ToString(CultureInfo.InvariantCulture);

    private static string Short(string segment) => segment.Length <= 60 ? segment : segment[..60] + "…";
}
