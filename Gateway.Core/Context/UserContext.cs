using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Core.Context;

/// <summary>Who is calling, as the auth service or the token says. Immutable, as long as the lists that it was made with are; shared by all
/// requests with the same token. An application that knows its callers itself sets one as a feature of the request
/// (<c>http.Features.Set(user)</c>): a gateway without authentication of its own goes by it.</summary>
public sealed class UserContext
{
    /// <param name="userId">Becomes X-User-ID.</param>
    /// <param name="email">Null when it is not known.</param>
    /// <param name="roles">Become X-User-Roles, joined by commas. Null for none.</param>
    /// <param name="scopes">For routes that require some. Null for none.</param>
    /// <param name="tier">The plan, for rate limits by tier; becomes X-User-Tier. Null for none.</param>
    /// <param name="expiresAt">When the token ends, at which it is asked about anew; null when nobody says.</param>
    /// <exception cref="ArgumentException">The id, a role or the tier cannot stand in a header: visible ASCII with spaces only inside, not empty, and no
    /// comma in a role.</exception>
    public UserContext(
        string userId, string? email = null, IReadOnlyList<string>? roles = null, IReadOnlyList<string>? scopes = null, string? tier = null, DateTimeOffset? expiresAt = null)
    {
        roles ??= [];
        scopes ??= [];
        if (!CanStandInHeaders(userId, roles, tier))
        {
            throw new ArgumentException("The user's id, a role or the tier cannot stand in a header.", nameof(userId));
        }

        (UserId, Email, Roles, Scopes, Tier, ExpiresAt) = (userId, email, roles, scopes, tier, expiresAt);
        RolesHeader = string.Join(',', roles);
        KeyHash = BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(userId)));
    }

    /// <summary>Their name at the auth service.</summary>
    public string UserId { get; }

    /// <summary>Null when it is not known.</summary>
    public string? Email { get; }

    /// <summary>What they are.</summary>
    public IReadOnlyList<string> Roles { get; }

    /// <summary>What the token allows.</summary>
    public IReadOnlyList<string> Scopes { get; }

    /// <summary>The plan that decides about rate-limit tiers; null when there is none.</summary>
    public string? Tier { get; }

    /// <summary>When the token ends; null when its issuer did not say.</summary>
    public DateTimeOffset? ExpiresAt { get; }

    /// <summary>The roles joined by commas: the value of X-User-Roles, made once.</summary>
    internal string RolesHeader { get; }

    /// <summary>First 16 bytes of the user id's SHA-256: the user's rate-limit key, made once.</summary>
    internal UInt128 KeyHash { get; }

    /// <summary>
    /// Whether these values can be written into X-User-ID, X-User-Roles and X-User-Tier without meaning something else there:
    /// visible ASCII with spaces only inside, and no comma in a role, since commas separate roles.
    /// </summary>
    internal static bool CanStandInHeaders(string? userId, IReadOnlyList<string?> roles, string? tier)
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
    internal UserContext EndingBy(DateTimeOffset? end) =>
        end is null || ExpiresAt <= end ? this : new UserContext(UserId, Email, Roles, Scopes, Tier, end);

    private static bool CanStandInHeader(string? value) =>
        !string.IsNullOrEmpty(value) && value[0] != ' ' && value[^1] != ' ' && !value.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
