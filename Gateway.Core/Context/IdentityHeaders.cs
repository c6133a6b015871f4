namespace Gateway.Core.Context;

/// <summary>
/// Headers by which services know the caller. Only the gateway writes them, so whatever a client sends of the families
/// <c>X-User-*</c> and <c>X-Auth-*</c> is dropped, in any spelling: services behind CGI-like interfaces read <c>X_User_ID</c> the same.
/// </summary>
internal static class IdentityHeaders
{
    public const string UserId = "X-User-ID";
    public const string UserRoles = "X-User-Roles";
    public const string UserTier = "X-User-Tier";

    public static bool IsReserved(string header) =>
        header.Length >= 7 && (header[0] | 0x20) == 'x' && (StartsLike(header, "x-user-") || StartsLike(header, "x-auth-"));

    /// <summary>
    /// What a proxy says of the one before it: <c>X-Forwarded-*</c> and <c>X-Real-IP</c>, in any spelling. Believed, and so passed on,
    /// only from a trusted one.
    /// </summary>
    public static bool IsOfAProxy(string header) =>
        header.Length >= 9 && (header[0] | 0x20) == 'x'
        && (StartsLike(header, "x-real-ip") || (header.Length > 12 && StartsLike(header, "x-forwarded-")));

    private static bool StartsLike(string header, string prefix)
    {
        for (int i = 0; i < prefix.Length; i++)
        {
            char c = header[i] == '_' ? '-' : char.ToLowerInvariant(header[i]);
            if (c != prefix[i])
            {
                return false;
            }
        }

        return true;
    }
}
