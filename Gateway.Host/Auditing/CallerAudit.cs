using System.Net;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.Reception;
using Gateway.Core.Routing;
using Gateway.Host.Configuration;
using HostOptions = Gateway.Host.Configuration.HostOptions;

namespace Gateway.Host.Auditing;

/// <summary>Who may call, and whom the gateway believes.</summary>
internal static class CallerAudit
{
    /// <summary>The contract's own default: who lets tokens live longer in the cache should be able to end them.</summary>
    private static readonly TimeSpan LongBelief = TimeSpan.FromMinutes(15);

    public static IEnumerable<Finding> Of(GatewayOptions gateway, HostOptions host, KestrelSettings kestrel) =>
        [.. Origins(gateway.Cors), .. Proxies(gateway), .. Skipped(gateway), .. Tokens(gateway.Auth, host), .. Admin(host.Admin), .. Certificates(kestrel)];

    private static IEnumerable<Finding> Origins(CorsOptions? cors)
    {
        for (int i = 0; i < cors?.AllowedOrigins.Count; i++)
        {
            string origin = cors.AllowedOrigins[i];
            string key = ConfigurationAudit.Key(nameof(GatewayOptions.Cors), nameof(CorsOptions.AllowedOrigins), $"{i}");
            if (cors.AllowCredentials && origin.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            {
                yield return new Finding(FindingKind.UnencryptedOrigin, key,
                    $"'{origin}' is not encrypted, so whoever can answer in its place may call with the user's credentials");
            }
            else if (origin == "*")
            {
                yield return new Finding(FindingKind.AnyOrigin, key, "every page may call, and read the answers that it gets without cookies");
            }
        }
    }

    private static IEnumerable<Finding> Proxies(GatewayOptions gateway)
    {
        for (int i = 0; i < gateway.TrustedProxies.Count; i++)
        {
            if (ClientAddress.TryParseNetwork(gateway.TrustedProxies[i], out IPNetwork network) && network.PrefixLength == 0)
            {
                yield return new Finding(FindingKind.EverybodyIsAProxy, ConfigurationAudit.Key(nameof(GatewayOptions.TrustedProxies), $"{i}"),
                    $"'{gateway.TrustedProxies[i]}' is every address, so every client may say by X-Forwarded-For who it is, and limits by address limit nobody");
            }
        }
    }

    private static IEnumerable<Finding> Skipped(GatewayOptions gateway)
    {
        if (!gateway.Auth.IsConfigured || gateway.Auth.SkipPaths.Count == 0)
        {
            yield break;
        }

        foreach ((string name, GatewayRouteOptions route) in gateway.Routes.Where(static route => route.Value.Auth == RouteAuth.Required))
        {
            if (!IsSkipped(route, gateway.Auth))
            {
                continue;
            }

            string key = ConfigurationAudit.Key(nameof(GatewayOptions.Routes), name);
            yield return route.Require is { Roles.Count: > 0 } or { Scopes.Count: > 0 }
                ? new Finding(FindingKind.SkippedRequirement, key,
                    "the route requires roles or scopes, but its paths are in Gateway:Auth:SkipPaths, so no user is known there and everybody gets 403")
                : new Finding(FindingKind.SkippedAuth, key, "the route's Auth is Required, but its paths are in Gateway:Auth:SkipPaths, so no token is asked for");
        }
    }

    /// <summary>Whether no path of the route needs a token: its leading literals are in the list, alone or with all that is below them.</summary>
    internal static bool IsSkipped(GatewayRouteOptions route, AuthOptions auth)
    {
        IReadOnlyList<PatternSegment> segments = RoutePattern.Parse(route.Pattern, out _)!.Segments;
        string[] literals = [.. segments.TakeWhile(static segment => segment.Kind == SegmentKind.Literal).Select(static segment => segment.Text)];
        bool isWhole = literals.Length == segments.Count;
        var skipPaths = new SkipPaths([.. auth.SkipPaths.Where(path => isWhole || path.EndsWith("/**", StringComparison.Ordinal))]);
        return skipPaths.Contains("/" + string.Join('/', literals));
    }

    private static IEnumerable<Finding> Tokens(AuthOptions auth, HostOptions host)
    {
        const string At = nameof(GatewayOptions.Auth);
        if (!auth.IsConfigured)
        {
            yield break;
        }

        if (auth.UsesJwt && (auth.Jwt.Issuer is null || auth.Jwt.Audience is null))
        {
            string missing = auth.Jwt.Issuer is null ? auth.Jwt.Audience is null ? "Issuer and Audience are" : "Issuer is" : "Audience is";
            yield return new Finding(FindingKind.UncheckedClaims, ConfigurationAudit.Key(At, nameof(AuthOptions.Jwt)),
                $"{missing} not set, so a token that was made for somebody else by the same keys is taken here too (RFC 8725)");
        }

        if (auth.UsesAuthService && PublicAddress.IsUnencrypted(auth.ServiceUrl ?? ""))
        {
            yield return new Finding(FindingKind.UnencryptedAuth, ConfigurationAudit.Key(At, nameof(AuthOptions.ServiceUrl)),
                $"tokens go to '{auth.ServiceUrl}' unencrypted, over a network that is not yours alone; use https");
        }

        if (auth.UsesJwt && PublicAddress.IsUnencrypted(auth.Jwt.JwksUrl ?? ""))
        {
            yield return new Finding(FindingKind.UnencryptedAuth, ConfigurationAudit.Key(At, nameof(AuthOptions.Jwt), nameof(JwtOptions.JwksUrl)),
                $"the keys come from '{auth.Jwt.JwksUrl}' unencrypted, so whoever can answer in its place can make up users; use https");
        }

        if (auth.UsesAuthService && auth.CacheDuration > LongBelief && auth.LogoutPaths.Count == 0 && host.Admin.TokenFile is null)
        {
            yield return new Finding(FindingKind.LongBelief, ConfigurationAudit.Key(At, nameof(AuthOptions.CacheDuration)),
                $"a user who has logged out is believed for up to {auth.CacheDuration:c}, and there are neither LogoutPaths nor an admin token to end that");
        }
    }

    private static IEnumerable<Finding> Admin(AdminOptions admin)
    {
        if (AdminOptions.ParseUrl(admin.Url) is { } address && !IPAddress.IsLoopback(address.Address))
        {
            yield return new Finding(FindingKind.OpenAdmin, ConfigurationAudit.Key(nameof(HostOptions.Admin), nameof(AdminOptions.Url)),
                $"'{admin.Url}' can be reached from other machines, and reading metrics and configuration there needs no token; let a firewall or network policy choose who may");
        }
    }

    private static IEnumerable<Finding> Certificates(KestrelSettings kestrel)
    {
        string at = $"{BoundSettings.KestrelKey}:{nameof(KestrelSettings.Endpoints)}";
        IEnumerable<(string Key, KestrelCertificate? Certificate)> all = kestrel.Endpoints.SelectMany(endpoint => endpoint.Value.Sni
            .Select(sni => ($"{at}:{endpoint.Key}:{nameof(KestrelEndpoint.Sni)}:{sni.Key}:{nameof(KestrelSni.Certificate)}", sni.Value.Certificate))
            .Append(($"{at}:{endpoint.Key}:{nameof(KestrelEndpoint.Certificate)}", endpoint.Value.Certificate)))
            .Concat(kestrel.Certificates.Select(static one => ($"{BoundSettings.KestrelKey}:{nameof(KestrelSettings.Certificates)}:{one.Key}", (KestrelCertificate?)one.Value)));
        return all.Where(static one => one.Certificate?.AllowInvalid == true).Select(static one => new Finding(
            FindingKind.InvalidCertificate, $"{one.Key}:{nameof(KestrelCertificate.AllowInvalid)}", "a certificate is served even if it is expired or nobody trusts it"));
    }
}
