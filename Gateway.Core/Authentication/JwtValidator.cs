using Gateway.Core.Context;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Gateway.Core.Authentication;

/// <summary>
/// Judges JWTs by the issuer's keys (RFC 7519, RFC 8725). Unknown only when the keys that would decide cannot be had.
/// Safe from any thread.
/// </summary>
internal sealed class JwtValidator(AuthOptions options, JwksKeys keys, TimeProvider clock)
{
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = AccessToken.MaxLength };

    /// <summary>Where the keys come from.</summary>
    public JwksKeys Keys => keys;

    /// <summary>Never throws.</summary>
    public async ValueTask<TokenResult> ValidateAsync(string token)
    {
        if (Read(token) is not { } jwt)
        {
            return TokenResult.Invalid;
        }

        JwtKeySet? known = await keys.GetAsync();
        if (known is not null && !known.Knows(jwt.Kid))
        {
            known = await keys.RefreshAsync(known);
        }

        if (known is null)
        {
            return TokenResult.Unknown;
        }

        IReadOnlyList<SecurityKey> candidates = known.For(jwt.Alg, jwt.Kid);
        return candidates.Count == 0 ? TokenResult.Invalid : await ValidateAsync(jwt, candidates);
    }

    /// <summary>The token in its parts; null when it cannot be a JWT that is accepted. Nothing is fetched for such.</summary>
    private JsonWebToken? Read(string token)
    {
        try
        {
            JsonWebToken jwt = _handler.ReadJsonWebToken(token);

            // RFC 7515 §4.1.11: what a token calls critical must be understood; we understand none of it, and the library does not look.
            return JwtKeySet.Algorithms.Contains(jwt.Alg) && !jwt.TryGetHeaderValue("crit", out object? _) ? jwt : null;
        }
        catch (Exception)
        {
            // The library throws several kinds for text made up to annoy it; none of them is a token.
            return null;
        }
    }

    private async Task<TokenResult> ValidateAsync(JsonWebToken jwt, IReadOnlyList<SecurityKey> candidates)
    {
        try
        {
            TokenValidationResult result = await _handler.ValidateTokenAsync(jwt, Parameters(candidates));
            if (!result.IsValid)
            {
                return TokenResult.Invalid;
            }

            UserContext? user = JwtClaims.Read(jwt.EncodedPayload, new DateTimeOffset(jwt.ValidTo, TimeSpan.Zero));
            return user is null ? TokenResult.Invalid : TokenResult.Valid(user);
        }
        catch (Exception)
        {
            // As above: the keys are ours, so what fails here is the token's content.
            return TokenResult.Invalid;
        }
    }

    private TokenValidationParameters Parameters(IReadOnlyList<SecurityKey> candidates) => new()
    {
        IssuerSigningKeys = candidates,
        ValidAlgorithms = JwtKeySet.Algorithms,
        RequireSignedTokens = true,
        ValidateIssuer = options.Jwt.Issuer is not null,
        ValidIssuer = options.Jwt.Issuer,
        ValidateAudience = options.Jwt.Audience is not null,
        ValidAudience = options.Jwt.Audience,
        RequireExpirationTime = true,
        LifetimeValidator = IsInItsLife,
    };

    /// <summary>RFC 7519 §4.1.4 and §4.1.5, with the skew allowed on both sides. The library's own check uses the machine's clock.</summary>
    private bool IsInItsLife(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        DateTime now = clock.GetUtcNow().UtcDateTime;
        return expires is { } end && now - options.Jwt.ClockSkew < end && (notBefore is not { } begin || begin <= now + options.Jwt.ClockSkew);
    }
}
