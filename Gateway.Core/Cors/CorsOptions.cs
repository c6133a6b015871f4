using Gateway.Core.Errors;

namespace Gateway.Core.Cors;

/// <summary>Which pages of other origins may call, as the Fetch standard says. Null at the gateway: CORS is left to the services.</summary>
public sealed record CorsOptions
{
    internal static readonly TimeSpan MaxMaxAge = TimeSpan.FromDays(1);

    /// <summary>Exact origins (<c>https://shop.example</c>), or <c>*</c> alone for any. Default none.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Methods a preflight grants. Default GET, POST, PUT, DELETE, OPTIONS, as the spec says.</summary>
    public IReadOnlyList<string> AllowedMethods { get; init; } = ["GET", "POST", "PUT", "DELETE", "OPTIONS"];

    /// <summary>Request headers a preflight grants. Default Content-Type, Authorization, X-Correlation-ID, as the spec says.</summary>
    public IReadOnlyList<string> AllowedHeaders { get; init; } = ["Content-Type", "Authorization", "X-Correlation-ID"];

    /// <summary>Response headers that a page may read. Default X-Correlation-ID, RateLimit, RateLimit-Policy, Retry-After.</summary>
    public IReadOnlyList<string> ExposedHeaders { get; init; } = ["X-Correlation-ID", "RateLimit", "RateLimit-Policy", "Retry-After"];

    /// <summary>Whether cookies and Authorization may be sent. Default false; never together with the origin <c>*</c>.</summary>
    public bool AllowCredentials { get; init; }

    /// <summary>How long a browser may remember a preflight. 0 – 1 day; default 5 min, as the spec says.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(5);

    internal void Validate(string at, OptionErrors errors)
    {
        for (int i = 0; i < AllowedOrigins.Count; i++)
        {
            string origin = AllowedOrigins[i];
            if (origin == "*")
            {
                if (AllowedOrigins.Count > 1)
                {
                    errors.Add($"{at}:{nameof(AllowedOrigins)}:{i}", "'*' stands alone; it already includes every origin");
                }
                else if (AllowCredentials)
                {
                    errors.Add($"{at}:{nameof(AllowedOrigins)}:{i}", "'*' may not be combined with AllowCredentials; list the origins");
                }
            }
            else if (!Uri.TryCreate(origin, UriKind.Absolute, out Uri? parsed) || parsed.UserInfo.Length > 0
                || !string.Equals(parsed.GetLeftPart(UriPartial.Authority), origin, StringComparison.OrdinalIgnoreCase))
            {
                errors.Add($"{at}:{nameof(AllowedOrigins)}:{i}",
                    $"'{origin}' is not an origin; write scheme and host (and port), as in 'https://shop.example', without a path");
            }
        }

        ValidateNames($"{at}:{nameof(AllowedMethods)}", AllowedMethods, "method", errors);
        ValidateNames($"{at}:{nameof(AllowedHeaders)}", AllowedHeaders, "header", errors);
        ValidateNames($"{at}:{nameof(ExposedHeaders)}", ExposedHeaders, "header", errors);
        errors.Range($"{at}:{nameof(MaxAge)}", MaxAge, TimeSpan.Zero, MaxMaxAge);
    }

    /// <summary>Methods and headers are tokens (RFC 9110 §5.6.2); anything else could not be written into the grant.</summary>
    private static void ValidateNames(string at, IReadOnlyList<string> names, string kind, OptionErrors errors)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i].Length == 0 || names[i].AsSpan().ContainsAnyExcept(TokenCharacters))
            {
                errors.Add($"{at}:{i}", $"'{names[i]}' is not a {kind}'s name");
            }
        }
    }

    private static readonly System.Buffers.SearchValues<char> TokenCharacters = System.Buffers.SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}
