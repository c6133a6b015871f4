using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Core.Context;

/// <summary>Who is calling, as the auth service or the token says. Immutable; shared by all requests with the same token.</summary>
internal sealed class UserContext
{
    public UserContext(string userId, string? email, IReadOnlyList<string> roles, IReadOnlyList<string> scopes, string? tier, DateTimeOffset? expiresAt)
    {
        (UserId, Email, Roles, Scopes, Tier, ExpiresAt) = (userId, email, roles, scopes, tier, expiresAt);
        RolesHeader = string.Join(',', roles);
        KeyHash = BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(userId)));
    }

    public string UserId { get; }

    public string? Email { get; }

    public IReadOnlyList<string> Roles { get; }

    public IReadOnlyList<string> Scopes { get; }

    /// <summary>The plan that decides about rate-limit tiers; null when there is none.</summary>
    public string? Tier { get; }

    /// <summary>When the token ends; null when its issuer did not say.</summary>
    public DateTimeOffset? ExpiresAt { get; }

    /// <summary>The roles joined by commas: the value of X-User-Roles, made once.</summary>
    public string RolesHeader { get; }

    /// <summary>First 16 bytes of the user id's SHA-256: the user's rate-limit key, made once.</summary>
    public UInt128 KeyHash { get; }

    /// <summary>
    /// Whether these values can be written into X-User-ID, X-User-Roles and X-User-Tier without meaning something else there:
    /// visible ASCII with spaces only inside, and no comma in a role, since commas separate roles.
    /// </summary>
    public static bool CanStandInHeaders(string? userId, IReadOnlyList<string?> roles, string? tier)
    {
        if (!CanStandInHeader(userId) || (tier is not null && !CanStandInHeader(tier)))
        {
            return false;
        }

        for (int i = 0; i < roles.Count; i++)
        {
            if (!CanStandInHeader(roles[i]) || roles[i]!.Contains(',', StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The same user, known until the earlier of two ends; null means no end.</summary>
    public UserContext EndingBy(DateTimeOffset? end) =>
        end is null || ExpiresAt <= end ? this : new UserContext(UserId, Email, Roles, Scopes, Tier, end);

    private static bool CanStandInHeader(string? value) =>
        !string.IsNullOrEmpty(value) && value[0] != ' ' && value[^1] != ' ' && !value.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
