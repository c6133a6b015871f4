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
internal readonly struct TokenResult
{
    private TokenResult(TokenVerdict verdict, UserContext? user) => (Verdict, User) = (verdict, user);

    public static TokenResult Unknown => default;

    public static TokenResult Invalid => new(TokenVerdict.Invalid, null);

    public TokenVerdict Verdict { get; }

    public UserContext? User { get; }

    [MemberNotNullWhen(true, nameof(User))]
    public bool IsValid => Verdict == TokenVerdict.Valid;

    public static TokenResult Valid(UserContext user) => new(TokenVerdict.Valid, user);
}
