using System.Collections.Frozen;
using Gateway.Core.Context;
using Gateway.Core.Errors;

namespace Gateway.Core.Authentication;

/// <summary>Sees users log out: a request with a token to a path of <see cref="AuthOptions.LogoutPaths"/> to which the service answers 2xx revokes that
/// token, before the client has the answer. Immutable; safe from any thread.</summary>
/// <param name="options">With the paths, and where the token is.</param>
/// <param name="validator">Revokes.</param>
internal sealed class LogoutWatch(AuthOptions options, TokenValidator validator)
{
    private readonly FrozenSet<string> _paths = options.LogoutPaths.ToFrozenSet(StringComparer.Ordinal);

    public bool Covers(string path) => _paths.Contains(path);

    /// <summary>To be called before the request goes on.</summary>
    public async Task BeginAsync(GatewayContext context)
    {
        AccessToken token = AccessToken.Find(context.Http.Request.Headers, options.Cookie);
        if (token.Presence != TokenPresence.Found)
        {
            return;
        }

        // Anybody may post made-up tokens here; only those that are known to mean something get a place in the log that all gateways read.
        string text = token.Value.ToString();
        TokenResult result = await validator.ValidateAsync(token.Value, connection: null, context.Http.RequestAborted);
        if (result.IsValid)
        {
            context.Http.Response.OnStarting(() =>
            {
                if (context.Error == GatewayError.None && context.Attempts > 0 && context.Http.Response.StatusCode is >= 200 and < 300)
                {
                    // In force here when this returns. The others learn of it while the client reads its answer.
                    _ = validator.RevokeTokenAsync(text, RevocationSource.Logout);
                }

                return Task.CompletedTask;
            });
        }
    }
}
