using Gateway.Core.Errors;

namespace Gateway.Core.Authentication;

/// <summary>Who decides whether a token is valid.</summary>
public enum AuthMode
{
    /// <summary>The auth service: <c>POST {ServiceUrl}{VerifyPath}</c>.</summary>
    AuthService,

    /// <summary>The gateway itself: a JWT's signature and claims against the keys at <see cref="JwtOptions.JwksUrl"/>.</summary>
    Jwt,

    /// <summary>Both must agree: forged and expired JWTs are refused here, the rest are asked of the auth service.</summary>
    JwtThenAuthService,

    /// <summary>The application that embeds the gateway: <c>GatewayExtensions.TokenCheck</c>.</summary>
    Custom,
}

/// <summary>Local validation of JWTs.</summary>
public sealed record JwtOptions
{
    internal static readonly TimeSpan MinSkew = TimeSpan.Zero, MaxSkew = TimeSpan.FromMinutes(10);

    /// <summary>Where the issuer publishes its keys (RFC 7517). Required for the modes with Jwt; default null.</summary>
    public string? JwksUrl { get; init; }

    /// <summary>Value the <c>iss</c> claim must have. Null (default): not checked.</summary>
    public string? Issuer { get; init; }

    /// <summary>Value the <c>aud</c> claim must contain. Null (default): not checked.</summary>
    public string? Audience { get; init; }

    /// <summary>How far the issuer's clock may be off. 0 – 10 min; default 1 min, as Envoy's clock_skew_seconds.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long fetched keys are used before they are fetched again; old keys stay in use while that fails.
    /// 1 s – 1 day; default 10 min, as Envoy's cache_duration.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Least time between two fetches caused by tokens with an unknown <c>kid</c>. 1 s – 1 day; default 30 s.</summary>
    public TimeSpan UnknownKeyInterval { get; init; } = TimeSpan.FromSeconds(30);

    internal void Validate(string at, OptionErrors errors)
    {
        AuthOptions.ValidateUrl($"{at}:{nameof(JwksUrl)}", JwksUrl, "where the issuer's keys are", errors);
        errors.Range($"{at}:{nameof(ClockSkew)}", ClockSkew, MinSkew, MaxSkew);
        errors.Range($"{at}:{nameof(RefreshInterval)}", RefreshInterval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        errors.Range($"{at}:{nameof(UnknownKeyInterval)}", UnknownKeyInterval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
    }
}

/// <summary>How callers are recognised.</summary>
public sealed record AuthOptions
{
    internal const int MaxCacheSize = 10_000_000;
    internal const int MaxCalls = 10_000;
    internal static readonly TimeSpan MaxCacheDuration = TimeSpan.FromDays(1), MaxTimeout = TimeSpan.FromMinutes(1);

    /// <summary>Who decides. Default AuthService, as the spec says.</summary>
    public AuthMode Mode { get; init; }

    /// <summary>Address of the auth service, for example <c>http://localhost:8001</c>. Required for the modes with AuthService.</summary>
    public string? ServiceUrl { get; init; }

    /// <summary>Path of its verification. Default <c>/verify</c>.</summary>
    public string VerifyPath { get; init; } = "/verify";

    /// <summary>How long a verification or a fetch of keys may take; after that the token is unknown: 503. 1 ms – 1 min; default 2 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Verifications under way at once; more are 503. Count, 1–10,000; default 256.</summary>
    public int MaxConcurrentCalls { get; init; } = 256;

    /// <summary>Cookie that carries the token when the Authorization header has no bearer token. Null: cookies are not looked at. Default <c>access_token</c>.</summary>
    public string? Cookie { get; init; } = "access_token";

    /// <summary>Paths that need no token, whatever their route says: exact, or a prefix that ends in <c>/**</c>. Default none.</summary>
    public IReadOnlyList<string> SkipPaths { get; init; } = [];

    /// <summary>Longest time that a valid answer is believed; a token's own expiry ends it sooner. 0 (none) – 1 day; default 15 min, as the spec says.</summary>
    public TimeSpan CacheDuration { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Tokens remembered, valid and invalid. Count, 1–10,000,000; default 100,000 (about 60 MB when full).</summary>
    public int CacheSize { get; init; } = 100_000;

    /// <summary>How long an invalid answer is believed. 0 (none) – 1 day; default 5 s.</summary>
    public TimeSpan NegativeCacheDuration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Paths by which users log out, exact, as in <c>/api/auth/logout</c>: when a request to one of them carries a token and the service's
    /// answer is 2xx, that token is revoked. Default none.</summary>
    public IReadOnlyList<string> LogoutPaths { get; init; } = [];

    /// <summary>What gateways share.</summary>
    public SharedTokenOptions Shared { get; init; } = new();

    /// <summary>Local validation of JWTs.</summary>
    public JwtOptions Jwt { get; init; } = new();

    /// <summary>Whether both judge a token the same way, so that what one has found out holds for the other.</summary>
    internal bool JudgesAs(AuthOptions other) =>
        (this with { SkipPaths = other.SkipPaths, LogoutPaths = other.LogoutPaths, Cookie = other.Cookie }) == other;

    internal bool UsesAuthService => Mode is AuthMode.AuthService or AuthMode.JwtThenAuthService;

    internal bool UsesJwt => Mode is AuthMode.Jwt or AuthMode.JwtThenAuthService;

    /// <summary>Whether there is anyone to ask; without, no route may need a token.</summary>
    internal bool IsConfigured => Mode switch
    {
        AuthMode.AuthService => ServiceUrl is not null,
        AuthMode.Custom => true,
        _ => Jwt.JwksUrl is not null,
    };

    internal void Validate(string at, OptionErrors errors)
    {
        if (UsesAuthService && (ServiceUrl is not null || Mode == AuthMode.JwtThenAuthService))
        {
            ValidateUrl($"{at}:{nameof(ServiceUrl)}", ServiceUrl, "the auth service's address", errors);
        }

        if (UsesJwt)
        {
            Jwt.Validate($"{at}:{nameof(Jwt)}", errors);
        }

        if (!VerifyPath.StartsWith('/') || VerifyPath.AsSpan().ContainsAnyInRange('\0', ' '))
        {
            errors.Add($"{at}:{nameof(VerifyPath)}", $"'{VerifyPath}' is not a path; it starts with '/'");
        }

        errors.Range($"{at}:{nameof(Timeout)}", Timeout, TimeSpan.FromMilliseconds(1), MaxTimeout);
        errors.Range($"{at}:{nameof(MaxConcurrentCalls)}", MaxConcurrentCalls, 1, MaxCalls);
        errors.Range($"{at}:{nameof(CacheDuration)}", CacheDuration, TimeSpan.Zero, MaxCacheDuration);
        errors.Range($"{at}:{nameof(CacheSize)}", CacheSize, 1, MaxCacheSize);
        errors.Range($"{at}:{nameof(NegativeCacheDuration)}", NegativeCacheDuration, TimeSpan.Zero, MaxCacheDuration);
        ValidateSkipPaths($"{at}:{nameof(SkipPaths)}", errors);
        ValidateLogoutPaths($"{at}:{nameof(LogoutPaths)}", errors);
        Shared.Validate($"{at}:{nameof(Shared)}", Mode, errors);
    }

    private void ValidateLogoutPaths(string at, OptionErrors errors)
    {
        for (int i = 0; i < LogoutPaths.Count; i++)
        {
            if (!LogoutPaths[i].StartsWith('/') || LogoutPaths[i].AsSpan().ContainsAny('*', '?', '#'))
            {
                errors.Add($"{at}:{i}", $"'{LogoutPaths[i]}' is not an exact path; it starts with '/' and has neither '*' nor a query");
            }
        }

        if (LogoutPaths.Count > 0 && Mode == AuthMode.Jwt)
        {
            errors.Add(at, $"the mode {Mode} has no auth service that could be asked again about a revoked token; leave it empty");
        }
    }

    private void ValidateSkipPaths(string at, OptionErrors errors)
    {
        for (int i = 0; i < SkipPaths.Count; i++)
        {
            string path = SkipPaths[i];
            string fixedPart = path.EndsWith("/**", StringComparison.Ordinal) ? path[..^3] : path;
            if (!path.StartsWith('/') || fixedPart.Contains('*', StringComparison.Ordinal))
            {
                errors.Add($"{at}:{i}", $"'{path}' is neither an exact path nor a prefix that ends in '/**'");
            }
        }
    }

    internal static void ValidateUrl(string key, string? url, string what, OptionErrors errors)
    {
        if (url is null)
        {
            errors.Add(key, $"is missing: {what}, as in 'http://localhost:8001'");
        }
        else if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed)
            || (parsed.Scheme != Uri.UriSchemeHttp && parsed.Scheme != Uri.UriSchemeHttps)
            || parsed.UserInfo.Length > 0 || url.AsSpan().IndexOfAny('?', '#') >= 0)
        {
            errors.Add(key, $"'{url}' is not an http or https address without user, query and fragment");
        }
    }
}
