using System.Diagnostics;
using Gateway.Core.Context;
using Gateway.Core.Errors;

namespace Gateway.Core.Authentication;

/// <summary>Who is calling? 401 without a valid token where one is needed; 503 while nobody can tell.</summary>
/// <param name="next">All that comes after.</param>
/// <param name="options">Where the token is and which paths need none.</param>
/// <param name="validator">Null when authentication is not configured: then every request goes on, as the user that the application in front
/// has found, if it has.</param>
internal sealed class AuthMiddleware(GatewayStep next, AuthOptions options, TokenValidator? validator)
{
    /// <summary>Retry-After while tokens cannot be judged. Unknown is never cached, so the next request asks anew.</summary>
    internal static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly SkipPaths _skipPaths = new(options.SkipPaths);

    /// <summary>Null where nobody logs out.</summary>
    private readonly LogoutWatch? _logouts = validator is null || options.LogoutPaths.Count == 0 ? null : new LogoutWatch(options, validator);

    public Task InvokeAsync(GatewayContext context) =>
        _logouts is not null && _logouts.Covers(context.Path) ? LogOutAsync(context, _logouts) : CheckAsync(context);

    private async Task LogOutAsync(GatewayContext context, LogoutWatch logouts)
    {
        await logouts.BeginAsync(context);
        await CheckAsync(context);
    }

    private Task CheckAsync(GatewayContext context)
    {
        if (validator is null)
        {
            // An application that embeds the gateway may know who is calling.
            context.User = context.Http.Features.Get<UserContext>();
            return next(context);
        }

        if (context.Auth == RouteAuth.Anonymous || _skipPaths.Contains(context.Path))
        {
            return next(context);
        }

        AccessToken token = AccessToken.Find(context.Http.Request.Headers, options.Cookie);
        switch (token.Presence)
        {
            case TokenPresence.None:
                return context.Auth == RouteAuth.Optional ? next(context) : context.Refuse(GatewayError.TokenMissing);
            case TokenPresence.Malformed:
                return context.Refuse(GatewayError.TokenInvalid, "The token is malformed.");
        }

        ValueTask<TokenResult> result = validator.ValidateAsync(
            token.Value, context.PeerIsTrusted ? null : context.Connection, context.Http.RequestAborted);
        return result.IsCompletedSuccessfully ? GoOn(context, result.Result) : GoOnAsync(context, result);
    }

    private async Task GoOnAsync(GatewayContext context, ValueTask<TokenResult> result) => await GoOn(context, await result);

    private Task GoOn(GatewayContext context, TokenResult result)
    {
        switch (result.Verdict)
        {
            case TokenVerdict.Valid:
                context.User = result.User;
                return next(context);
            case TokenVerdict.Invalid:
                return context.Refuse(GatewayError.TokenInvalid);
            case TokenVerdict.Unknown:
                return context.Refuse(GatewayError.AuthUnavailable, retryAfter: RetryAfter);
            default:
                throw new UnreachableException($"TokenVerdict {result.Verdict}");
        }
    }
}
