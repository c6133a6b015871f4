using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Configuration;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Proxying;
using Gateway.Core.Routing;
using Gateway.Host.Configuration;

namespace Gateway.Host.Explaining;

/// <summary>
/// Says what would become of a request by a configuration, and why: <see cref="RequestRehearsal"/> decides, this puts it into words. Asks nobody, takes
/// nothing of a limit. Immutable and safe from any thread.
/// </summary>
internal sealed class Explainer
{
    /// <summary>Near misses that are told of.</summary>
    internal const int MostMisses = 5;

    private readonly RequestRehearsal _rehearsal;
    private readonly NearRoutes _near;
    private readonly EffectiveConfiguration _values;
    private readonly ExplainedSettings _settings;

    /// <param name="configuration">A configuration without a fault.</param>
    public Explainer(HostConfiguration configuration)
    {
        _rehearsal = new RequestRehearsal(configuration.Gateway);
        _near = new NearRoutes(_rehearsal.Routes);
        _values = EffectiveConfiguration.Of(configuration);
        _settings = new ExplainedSettings(configuration.Gateway, _values, _rehearsal.Limits);
    }

    public Explanation Explain(ExplainRequest request)
    {
        HttpContext http = RequestRehearsal.Request(request.Method, request.Target, request.Headers);
        Rehearsed rehearsed = _rehearsal.Run(http);
        GatewayContext context = rehearsed.Context;

        // Reception refuses before anybody looks for a route; and a health endpoint has none.
        bool wasRouted = context.Route is not null || context.Miss != RouteMiss.None;
        string host = RouteLookup.HostWithoutPort(http.Request.Host.Value).ToString();
        NearSearch search = wasRouted
            ? _near.Of(host, context.Path, context.Method, http.Request.Headers, MostMisses + 1)
            : new NearSearch([], 0, 0, IsWhole: true);
        IReadOnlyList<NearRoute> near = search.Nearest;
        NearRoute? found = context.Route is not { } route ? null
            : near.FirstOrDefault(one => one.Route == route)
                ?? new NearRoute(route, RoutePattern.Parse(route.Options.Pattern, out _)!, [], 0);
        bool isSlashRefused = context.HasEncodedSlash && found?.Route.Options.EncodedSlash == EncodedSlash.Refuse;
        NearRoute? winner = isSlashRefused ? null : found;
        return new Explanation
        {
            Request = new ExplainedRequest(request.Method, http.Request.Host.HasValue ? http.Request.Host.Value : null, context.Path, context.Query),
            Answer = AnswerOf(rehearsed),
            Route = winner is null ? null : RouteOf(winner, search),
            NearMisses = [.. near.Where(one => one.Route != winner?.Route).Take(MostMisses).Select(one => MissOf(one, found, isSlashRefused, context.Method))],
            Settings = wasRouted ? _settings.Of(rehearsed) : [],
        };
    }

    private ExplainedAnswer AnswerOf(Rehearsed rehearsed)
    {
        GatewayContext context = rehearsed.Context;
        ErrorRow? row = context.Error == GatewayError.None ? null : context.Error.Row();
        HttpResponse response = context.Http.Response;
        bool answersItself = !rehearsed.IsSentOn && row is null;
        return new ExplainedAnswer
        {
            SentOn = rehearsed.IsSentOn,
            Status = row?.Status ?? (answersItself ? response.StatusCode : null),
            Reason = row?.Reason,
            Detail = context.Detail ?? row?.Title ?? (answersItself ? SaysItself(context) : null),
            Allow = context.Allow ?? (response.Headers.Allow.Count > 0 ? response.Headers.Allow.ToString() : null),
            ServicePath = rehearsed.IsSentOn
                ? ForwardedUri.Stripped(context.Path, GatewayParts.StripSegmentsOf(context.Route!.Options)).ToString() + context.Query
                : null,
            Cors = [.. response.Headers.Where(static header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase))
                .Select(static header => $"{header.Key}: {header.Value}").Order(StringComparer.Ordinal)],
            Before = rehearsed.MeetsLimits ? [.. Before(context)] : [],
        };
    }

    /// <summary>What the gateway answers without an error of its own.</summary>
    private static string SaysItself(GatewayContext context) => context.Http.Response.StatusCode == StatusCodes.Status204NoContent
        ? "The gateway answers a CORS preflight itself."
        : HttpMethods.IsOptions(context.Http.Request.Method) ? "The gateway answers this OPTIONS itself." : "The gateway answers its health endpoints itself.";

    private IEnumerable<string> Before(GatewayContext context)
    {
        AuthOptions auth = _rehearsal.Options.Auth;
        bool isAsked = auth.IsConfigured && context.Auth != RouteAuth.Anonymous && !new SkipPaths(auth.SkipPaths).Contains(context.Path);
        TokenPresence token = AccessToken.Find(context.Http.Request.Headers, auth.Cookie).Presence;
        if (isAsked && token == TokenPresence.Malformed)
        {
            yield return "401 token_invalid: the token is malformed";
        }
        else if (isAsked && token == TokenPresence.None && context.Auth == RouteAuth.Required)
        {
            yield return "401 token_missing: the request has no token";
        }

        if (context.Route?.Requires is not null)
        {
            yield return isAsked ? "403 forbidden: for users without the roles and scopes that the route requires"
                : "403 forbidden: for everybody, since the route requires roles or scopes and nobody is asked for a token";
        }
    }

    private ExplainedRoute RouteOf(NearRoute winner, NearSearch search)
    {
        // The winner is not among those that were asked when it is beyond their limit; then nobody knows how many they are.
        int others = Math.Max(0, search.Taking - (search.IsWhole || search.Nearest.Any(one => one.Route == winner.Route) ? 1 : 0));
        string many = others == 1 ? "1 other that takes the request too" : $"{others} others that take the request too";
        string why = (search.IsWhole, others) switch
        {
            (true, 0) => "no other route takes the request",
            (true, _) => $"goes before {many}",
            (false, 0) when search.Asked == 0 => "takes the request; whether others take it too was not looked at",
            (false, 0) => $"no other of the {search.Asked} routes that were looked at takes the request; the rest was not looked at",
            (false, _) => $"goes before at least {many}; the rest was not looked at",
        };
        return new ExplainedRoute(winner.Route.Name, winner.Pattern.Text, why, OriginOf(winner.Route.Name));
    }

    private ExplainedMiss MissOf(NearRoute near, NearRoute? winner, bool isSlashRefused, string method) => isSlashRefused && near.Route == winner?.Route
        ? new ExplainedMiss(near.Route.Name, near.Pattern.Text, "encoded_slash", "takes the path, but refuses an encoded slash: EncodedSlash is Refuse", OriginOf(near.Route.Name))
        : new ExplainedMiss(near.Route.Name, near.Pattern.Text, NearMiss.Failed(near), NearMiss.Why(near, winner, method), OriginOf(near.Route.Name));

    private string OriginOf(string route) =>
        _values.Find($"{SettingsBinder.GatewayKey}:{nameof(GatewayOptions.Routes)}:{route}:{nameof(Core.Context.GatewayRouteOptions.Pattern)}")?.OriginText ?? "default";
}
