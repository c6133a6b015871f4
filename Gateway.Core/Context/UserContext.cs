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
}
