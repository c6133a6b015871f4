using System.Globalization;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Configuration;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Host.Configuration;
using Route = Gateway.Core.Context.Route;

namespace Gateway.Host.Explaining;

/// <summary>By what a request goes, in the order of its way, each with its origin.</summary>
/// <param name="options">Of the configuration.</param>
/// <param name="values">Its effective values.</param>
/// <param name="limits">Which policies apply where.</param>
internal sealed class ExplainedSettings(GatewayOptions options, EffectiveConfiguration values, RouteLimits limits)
{
    private const string Gateway = SettingsBinder.GatewayKey;
    private const string AuthKey = $"{Gateway}:{nameof(GatewayOptions.Auth)}";

    private readonly SettingsWriter _writer = new(values);

    /// <summary>Those that the request meets: a preflight, or one that is refused by its form, does not come as far as the limits.</summary>
    /// <param name="rehearsed">The request, routed or missed.</param>
    public IReadOnlyList<ExplainedSetting> Of(Rehearsed rehearsed) =>
    [
        .. rehearsed.Context.Route is { } route ? FormOf(route) : [],
        .. rehearsed.MeetsLimits ? AuthOf(rehearsed.Context) : [],
        .. rehearsed.MeetsLimits ? LimitsOf(rehearsed.Context) : [],
        .. rehearsed.IsSentOn ? new ExplainedService(options, _writer).Of(rehearsed.Context) : [],
    ];

    private static string KeyOf(Route route, params IEnumerable<string> path) =>
        $"{Gateway}:{nameof(GatewayOptions.Routes)}:{route.Name}:{string.Join(':', path)}";

    private IEnumerable<ExplainedSetting> FormOf(Route route)
    {
        const string Topic = "request";
        yield return _writer.Shown(Topic, "body limit", KeyOf(route, nameof(GatewayRouteOptions.MaxRequestBodyBytes)),
            route.MaxRequestBodyBytes is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes") : "none");
        yield return _writer.Of(Topic, "encoded slash", KeyOf(route, nameof(GatewayRouteOptions.EncodedSlash)));
        yield return _writer.Of(Topic, "upgrades", KeyOf(route, nameof(GatewayRouteOptions.Upgrades)));
    }

    private IEnumerable<ExplainedSetting> AuthOf(GatewayContext context)
    {
        const string Topic = "auth";
        AuthOptions auth = options.Auth;
        yield return context.Route is { } route ? _writer.Of(Topic, "rule", KeyOf(route, nameof(GatewayRouteOptions.Auth)))
            : !auth.IsConfigured ? new ExplainedSetting(Topic, "rule", "nobody is asked for a token, since nobody could check it", null, "")
            : new ExplainedSetting(Topic, "rule", context.Miss == RouteMiss.WrongMethod ? $"{context.Auth}, as on the route of that path" : $"{context.Auth}, as on every unknown path", null, "");
        int skipped = Enumerable.Range(0, auth.SkipPaths.Count).FirstOrDefault(i => new SkipPaths([auth.SkipPaths[i]]).Contains(context.Path), -1);
        if (skipped >= 0)
        {
            yield return _writer.Shown(Topic, "skipped by", $"{AuthKey}:{nameof(AuthOptions.SkipPaths)}", auth.SkipPaths[skipped]);
        }
        else if (context.Auth != RouteAuth.Anonymous && auth.IsConfigured)
        {
            yield return _writer.Of(Topic, "mode", $"{AuthKey}:{nameof(AuthOptions.Mode)}");
            if (auth.UsesAuthService)
            {
                yield return _writer.Of(Topic, "auth service", $"{AuthKey}:{nameof(AuthOptions.ServiceUrl)}");
                yield return _writer.Of(Topic, "verify path", $"{AuthKey}:{nameof(AuthOptions.VerifyPath)}");
            }

            if (auth.UsesJwt)
            {
                yield return _writer.Of(Topic, "keys", $"{AuthKey}:{nameof(AuthOptions.Jwt)}:{nameof(JwtOptions.JwksUrl)}");
            }

            yield return _writer.Of(Topic, "timeout", $"{AuthKey}:{nameof(AuthOptions.Timeout)}");
            yield return _writer.Of(Topic, "believed for", $"{AuthKey}:{nameof(AuthOptions.CacheDuration)}");
            yield return _writer.Of(Topic, "or a cookie", $"{AuthKey}:{nameof(AuthOptions.Cookie)}");
        }

        if (context.Route is { Requires: { } requires } guarded)
        {
            string key = KeyOf(guarded, nameof(GatewayRouteOptions.Require));
            foreach (string part in new[] { nameof(RequireOptions.Roles), nameof(RequireOptions.Scopes) })
            {
                if ((part == nameof(RequireOptions.Roles) ? requires.Roles : requires.Scopes).Count > 0)
                {
                    yield return _writer.Of(Topic, part == nameof(RequireOptions.Roles) ? "one role of" : "all scopes of", $"{key}:{part}");
                }
            }
        }
    }

    private IEnumerable<ExplainedSetting> LimitsOf(GatewayContext context)
    {
        const string Topic = "limits";
        IReadOnlyList<string> names = context.Route?.Options.RateLimits ?? options.DefaultRateLimits;
        yield return _writer.Of(Topic, "policies", context.Route is { Options.RateLimits: not null } route
            ? KeyOf(route, nameof(GatewayRouteOptions.RateLimits))
            : $"{Gateway}:{nameof(GatewayOptions.DefaultRateLimits)}");
        RateLimitPlan plan = limits.For(context.Route);
        HashSet<string> early = NamesOf(plan.BeforeAuthentication(context));
        HashSet<string> anonymous = NamesOf(plan.AfterAuthentication(context));
        foreach (string name in names.Distinct(StringComparer.Ordinal))
        {
            RateLimitPolicyOptions policy = options.RateLimits[name];
            string key = $"{Gateway}:{nameof(GatewayOptions.RateLimits)}:{name}";
            yield return _writer.Shown(Topic, name, $"{key}:{nameof(policy.Key)}", BucketOf(policy.Key, early.Contains(name), anonymous.Contains(name), IsUserKnown(context)));
            yield return _writer.Of(Topic, $"{name}, capacity", $"{key}:{nameof(policy.Capacity)}");
            yield return _writer.Of(Topic, $"{name}, refill per second", $"{key}:{nameof(policy.RefillPerSecond)}");
            foreach (string tier in policy.Tiers.Keys)
            {
                yield return _writer.Of(Topic, $"{name}, capacity of {tier}", $"{key}:{nameof(policy.Tiers)}:{tier}:{nameof(RateLimitTierOptions.Capacity)}");
            }
        }
    }

    private static HashSet<string> NamesOf(RateLimitSet set) => [.. set.Limits.Select(static limit => limit.Limiter.Name)];

    /// <summary>Whether somebody is asked who the user is.</summary>
    private bool IsUserKnown(GatewayContext context) =>
        options.Auth.IsConfigured && context.Auth != RouteAuth.Anonymous && !new SkipPaths(options.Auth.SkipPaths).Contains(context.Path);

    private static string BucketOf(RateLimitKeyKind key, bool isEarly, bool isForAnonymous, bool isUserKnown) => key switch
    {
        RateLimitKeyKind.Ip => "by the client's address (IPv6: its /64), before authentication",
        RateLimitKeyKind.ApiKey when isEarly => $"by the header {RateLimitPlan.ApiKeyHeader}, hashed, before authentication",
        RateLimitKeyKind.ApiKey => $"not asked: the request has no {RateLimitPlan.ApiKeyHeader}",
        _ when !isUserKnown => isForAnonymous ? "by the client's address, since no user is known here" : "not asked: no user is known here",
        _ => isForAnonymous ? "by the user, or the client's address of an anonymous call" : "by the user; not asked of an anonymous call",
    };
}
