using System.Diagnostics.CodeAnalysis;
using Gateway.Core.Context;

namespace Gateway.Core.Authentication;

/// <summary>What is known about a token.</summary>
internal enum TokenVerdict
{
    /// <summary>Nobody could be asked, or the answer makes no sense: 503, never 401, never cached.</summary>
    Unknown = 0,

    Invalid,

    Valid,
}

/// <summary>The judgement of a token: closed, a user exactly when valid. A struct, so that a cached one costs nothing.</summary>
public readonly struct TokenResult
{
    private TokenResult(TokenVerdict verdict, UserContext? user) => (Verdict, User) = (verdict, user);

    /// <summary>Nobody can tell now: 503, and never remembered.</summary>
    public static TokenResult Unknown => default;

    /// <summary>The token is no good: 401, remembered for <see cref="AuthOptions.NegativeCacheDuration"/>.</summary>
    public static TokenResult Invalid => new(TokenVerdict.Invalid, null);

    internal TokenVerdict Verdict { get; }

    /// <summary>Whose token it is; null unless it is valid.</summary>
    public UserContext? User { get; }

    /// <summary>Whether it is good.</summary>
    [MemberNotNullWhen(true, nameof(User))]
    public bool IsValid => Verdict == TokenVerdict.Valid;

    /// <summary>The token is good: remembered for <see cref="AuthOptions.CacheDuration"/>, or until the user's <see cref="UserContext.ExpiresAt"/>.</summary>
    public static TokenResult Valid(UserContext user) => new(TokenVerdict.Valid, user);
}
