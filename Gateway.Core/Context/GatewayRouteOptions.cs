using Gateway.Core.Backends;
using Gateway.Core.Errors;

namespace Gateway.Core.Context;

/// <summary>Whether a route asks who is calling.</summary>
public enum RouteAuth
{
    /// <summary>A valid token, or 401.</summary>
    Required,

    /// <summary>A token is checked if there is one (a bad one is 401); none means an anonymous call.</summary>
    Optional,

    /// <summary>Tokens are not looked at.</summary>
    Anonymous,
}

/// <summary>What a route does with <c>%2F</c> in a path.</summary>
public enum EncodedSlash
{
    /// <summary>Answer 400: services disagree whether it separates segments.</summary>
    Refuse,

    /// <summary>Part of a segment; the service gets it verbatim.</summary>
    Keep,
}

/// <summary>What a user must be allowed to pass; all that is listed in <see cref="Scopes"/>, at least one of <see cref="Roles"/>.</summary>
public sealed record RequireOptions
{
    /// <summary>The user needs one of these. Default none: every role passes.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>The token needs all of these. Default none.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];
}

/// <summary>Timeouts of a route where they differ from its service's (<see cref="TimeoutOptions"/>), which also says what they mean. Connections
/// serve all routes, so how long one may take to be made is the service's alone.</summary>
public sealed record RouteTimeoutOptions
{
    /// <summary>Until the response's headers. 1 ms – 1 day; null (default): the service's.</summary>
    public TimeSpan? FirstByte { get; init; }

    /// <summary>Between two pieces of a body, or of an upgraded connection. 1 ms – 1 day; null (default): the service's.</summary>
    public TimeSpan? Idle { get; init; }

    /// <summary>For all attempts together. 1 ms – 1 day; null (default): the service's.</summary>
    public TimeSpan? Total { get; init; }

    internal TimeoutOptions Over(TimeoutOptions service) => service with
    {
        FirstByte = FirstByte ?? service.FirstByte,
        Idle = Idle ?? service.Idle,
        Total = Total ?? service.Total,
    };

    internal void Validate(string at, OptionErrors errors) => Over(new TimeoutOptions()).Validate(at, errors);
}

/// <summary>Which requests go to which service, and under which rules.</summary>
public sealed record GatewayRouteOptions
{
    internal const long MaxBody = 1L << 50;

    /// <summary>Path pattern: literal segments, <c>{name}</c>, <c>{name:int}</c>, and <c>{**rest}</c> last. Required.</summary>
    public string Pattern { get; init; } = "";

    /// <summary>Methods that match; <c>GET</c> includes <c>HEAD</c>. Null (default): every method.</summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>Name of the service. Required.</summary>
    public string Service { get; init; } = "";

    /// <summary>Splits the requests between <see cref="Service"/> and others. Null (default): all go to it.</summary>
    public SplitOptions? Split { get; init; }

    /// <summary>Sends copies of requests to a further service. Null (default): none.</summary>
    public MirrorOptions? Mirror { get; init; }

    /// <summary>Leading literal segments of the pattern that the service does not see. Null (default): the path goes on unchanged.</summary>
    public string? StripPrefix { get; init; }

    /// <summary>Whether a token is needed. Default Required.</summary>
    public RouteAuth Auth { get; init; }

    /// <summary>Roles and scopes a user needs, else 403. Null (default): any user.</summary>
    public RequireOptions? Require { get; init; }

    /// <summary>Names of rate-limit policies, all of which must pass. Null (default): the gateway's DefaultRateLimits; empty: none.</summary>
    public IReadOnlyList<string>? RateLimits { get; init; }

    /// <summary>How long the gateway waits on this route. Null (default): as its service says.</summary>
    public RouteTimeoutOptions? Timeouts { get; init; }

    /// <summary>Largest request body in bytes, else 413. 0 means no limit; default 30,000,000, as Kestrel's.</summary>
    public long MaxRequestBodyBytes { get; init; } = 30_000_000;

    /// <summary>Host the request must name, without a port; compared without case. Null (default): any host.</summary>
    public string? Host { get; init; }

    /// <summary>Headers that must be present with exactly these values. Default none.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>What happens to <c>%2F</c> in a path. Default Refuse.</summary>
    public EncodedSlash EncodedSlash { get; init; }

    /// <summary>Protocols that clients may go on in, by HTTP/1.1 <c>Upgrade</c> or HTTP/2 extended CONNECT; compared without case.
    /// Any other <c>Upgrade</c> is ignored: the request goes on as plain HTTP (RFC 9110 §7.8). Default only <c>websocket</c>; empty: none.
    /// <see cref="MaxRequestBodyBytes"/> does not count what flows afterwards.</summary>
    public IReadOnlyList<string> Upgrades { get; init; } = ["websocket"];

    /// <summary>Services that may be asked: of a split all that have a share, which is as far as one can tell without a request.</summary>
    internal IEnumerable<string> AskedServices =>
        Split?.Services.Where(static share => share.Value > 0).Select(static share => share.Key) ?? [Service];

    /// <summary>Services that the route names: those of a split without a share too, and the one that gets copies.</summary>
    internal IEnumerable<string> NamedServices =>
        new[] { Service }.Concat(Split?.Services.Keys ?? []).Concat(Mirror is { } mirror ? [mirror.Service] : []).Distinct(StringComparer.Ordinal);

    internal void Validate(string at, GatewayOptions options, OptionErrors errors)
    {
        if (Service.Length == 0)
        {
            errors.Add($"{at}:{nameof(Service)}", "a route needs the name of a service");
        }
        else if (!options.Services.ContainsKey(Service))
        {
            errors.Add($"{at}:{nameof(Service)}", $"there is no service '{Service}'{Suggestion.For(Service, options.Services.Keys)}");
        }

        Split?.Validate($"{at}:{nameof(Split)}", Service, options.Services, errors);
        Mirror?.Validate($"{at}:{nameof(Mirror)}", Split is null ? [Service] : [Service, .. Split.Services.Keys], options.Services, errors);
        GatewayOptions.ValidatePolicyNames($"{at}:{nameof(RateLimits)}", RateLimits, options, errors);
        errors.Range($"{at}:{nameof(MaxRequestBodyBytes)}", MaxRequestBodyBytes, 0, MaxBody);
        Timeouts?.Validate($"{at}:{nameof(Timeouts)}", errors);
        ValidateMethods(at, errors);
        ValidateUpgrades(at, errors);
        if (Require is { Roles.Count: > 0 } or { Scopes.Count: > 0 } && Auth != RouteAuth.Required)
        {
            errors.Add($"{at}:{nameof(Require)}", $"roles and scopes need a user, but Auth is {Auth}");
        }
    }

    private void ValidateUpgrades(string at, OptionErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < Upgrades.Count; i++)
        {
            string protocol = Upgrades[i];
            if (protocol.Length == 0 || protocol.AsSpan().ContainsAnyExcept(ProtocolCharacters))
            {
                errors.Add($"{at}:{nameof(Upgrades)}:{i}", $"'{protocol}' is not the name of a protocol, such as 'websocket'");
            }
            else if (protocol.StartsWith("h2", StringComparison.OrdinalIgnoreCase) || protocol.StartsWith("http", StringComparison.OrdinalIgnoreCase))
            {
                errors.Add($"{at}:{nameof(Upgrades)}:{i}",
                    $"'{protocol}' would carry requests past every check; HTTP/2 is served without an upgrade");
            }
            else if (!seen.Add(protocol))
            {
                errors.Add($"{at}:{nameof(Upgrades)}:{i}", $"'{protocol}' is listed twice");
            }
        }
    }

    // RFC 9110 §7.8: a token, and perhaps a slash and a version.
    private static readonly System.Buffers.SearchValues<char> ProtocolCharacters = System.Buffers.SearchValues.Create(
        "!#$%&'*+-.^_`|~/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private void ValidateMethods(string at, OptionErrors errors)
    {
        if (Methods is null)
        {
            return;
        }

        if (Methods.Count == 0)
        {
            errors.Add($"{at}:{nameof(Methods)}", "an empty list matches no request; leave Methods out to match every method");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < Methods.Count; i++)
        {
            string method = Methods[i];
            if (method.Length == 0 || !method.All(char.IsAsciiLetterUpper))
            {
                errors.Add($"{at}:{nameof(Methods)}:{i}", $"'{method}' is not a method; methods are written in capitals");
            }
            else if (!seen.Add(method))
            {
                errors.Add($"{at}:{nameof(Methods)}:{i}", $"'{method}' is listed twice");
            }
        }
    }
}
