using Gateway.Core.Context;
using Gateway.Core.Errors;

namespace Gateway.Core.Authentication;

/// <summary>May this user use this route? 403 unless the user has one of its roles and all of its scopes, compared with case.
/// A route that requires something of its user is closed to requests without one, however they came past authentication.</summary>
internal sealed class AuthorizationMiddleware(GatewayStep next)
{
    public Task InvokeAsync(GatewayContext context)
    {
        RequireOptions? requires = context.Route?.Requires;
        return requires is null || (context.User is { } user && HasOneRole(user, requires.Roles) && HasAllScopes(user, requires.Scopes))
            ? next(context)
            : context.Refuse(GatewayError.Forbidden);
    }

    private static bool HasOneRole(UserContext user, IReadOnlyList<string> roles)
    {
        for (int i = 0; i < roles.Count; i++)
        {
            if (Has(user.Roles, roles[i]))
            {
                return true;
            }
        }

        return roles.Count == 0;
    }

    private static bool HasAllScopes(UserContext user, IReadOnlyList<string> scopes)
    {
        for (int i = 0; i < scopes.Count; i++)
        {
            if (!Has(user.Scopes, scopes[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Has(IReadOnlyList<string> held, string wanted)
    {
        for (int i = 0; i < held.Count; i++)
        {
            if (string.Equals(held[i], wanted, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
