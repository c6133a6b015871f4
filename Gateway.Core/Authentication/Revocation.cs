using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Core.Authentication;

/// <summary>What a revocation is of.</summary>
internal enum RevocationKind
{
    Token,

    /// <summary>All tokens that a user has had until then.</summary>
    User,
}

/// <summary>Where a revocation came from.</summary>
internal enum RevocationSource
{
    /// <summary>Somebody asked this gateway for it.</summary>
    Admin,

    /// <summary>A request to one of <see cref="AuthOptions.LogoutPaths"/> went well.</summary>
    Logout,

    /// <summary>Another gateway told.</summary>
    Store,
}

/// <summary>How far a revocation has gone when it is answered.</summary>
public enum RevocationReach
{
    /// <summary>It means nothing: there is no auth service to be asked again.</summary>
    Nowhere = 0,

    /// <summary>This gateway. If others share its store, that is away now, and they learn of it when it is back.</summary>
    Here,

    /// <summary>The shared store: every gateway learns of it within a moment.</summary>
    Store,
}

/// <summary>Whose answers are no longer to be believed: a token's or a user's, by the first 16 bytes of its SHA-256.</summary>
/// <param name="Kind">Apart, so that a token that reads like a user's id does not revoke that user.</param>
/// <param name="Hash">Tells nobody what the token was.</param>
internal readonly record struct Revocation(RevocationKind Kind, UInt128 Hash)
{
    private const int HexLength = 32;

    /// <summary>As the log has it: the kind's first letter and the hash.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{(Kind == RevocationKind.Token ? 't' : 'u')}-{Hash:x32}");

    /// <param name="key">Made by <see cref="TokenCache.MakeKey"/>.</param>
    public static Revocation OfKey(ReadOnlySpan<char> key) =>
        new(RevocationKind.Token, BinaryPrimitives.ReadUInt128BigEndian(MemoryMarshal.AsBytes(key)));

    /// <param name="userHash"><see cref="Context.UserContext.KeyHash"/>.</param>
    public static Revocation OfUserHash(UInt128 userHash) => new(RevocationKind.User, userHash);

    public static Revocation OfUser(string userId) =>
        OfUserHash(BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(userId))));

    /// <summary>Null for what <see cref="Text"/> does not write.</summary>
    public static Revocation? Parse(string text) =>
        text.Length == HexLength + 2 && text[0] is 't' or 'u' && text[1] == '-'
        && UInt128.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 hash)
            ? new Revocation(text[0] == 't' ? RevocationKind.Token : RevocationKind.User, hash)
            : null;
}
