using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gateway.Core.Context;

namespace Gateway.Core.Authentication;

/// <summary>
/// Signs what is put into the shared store, and believes only what is signed: for this token, by a gateway that judges as this one does. One version
/// byte, the HMAC-SHA256 (RFC 2104), the entry as JSON. Safe from any thread.
/// </summary>
internal sealed class TokenSeal
{
    /// <summary>Bytes: as many as an answer of the auth service may have.</summary>
    internal const int MaxBytes = 64 * 1024;

    private const byte Version = 1;
    private const int MacBytes = HMACSHA256.HashSizeInBytes;

    private readonly byte[] _key;

    /// <param name="secret">What all gateways know.</param>
    /// <param name="options">How tokens are judged: gateways that check less sign with another key.</param>
    public TokenSeal(ReadOnlyMemory<byte> secret, AuthOptions options)
    {
        string[] judged = [options.Mode.ToString(), options.UsesJwt ? $"{options.Jwt.Issuer}\n{options.Jwt.Audience}" : ""];
        _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret.ToArray(), MacBytes,
            info: Encoding.UTF8.GetBytes(string.Join('\n', ["gateway token entry", Version.ToString(CultureInfo.InvariantCulture), .. judged])));
    }

    /// <summary>Null for an entry that is too long for the store.</summary>
    /// <param name="key">The token's, made by <see cref="TokenCache.MakeKey"/>.</param>
    /// <param name="entry">What to say of it.</param>
    public byte[]? Seal(string key, SharedEntry entry)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(entry, SharedEntryJson.Default.SharedEntry);
        return body.Length + 1 + MacBytes > MaxBytes ? null : [Version, .. MacOf(key, body), .. body];
    }

    /// <summary>Null for what no gateway has signed for this token.</summary>
    public SharedEntry? Open(string key, ReadOnlySpan<byte> sealedEntry)
    {
        if (sealedEntry.Length is <= 1 + MacBytes or > MaxBytes || sealedEntry[0] != Version)
        {
            return null;
        }

        ReadOnlySpan<byte> body = sealedEntry[(1 + MacBytes)..];
        if (!CryptographicOperations.FixedTimeEquals(MacOf(key, body), sealedEntry.Slice(1, MacBytes)))
        {
            return null;
        }

        try
        {
            // Signed by a gateway, but perhaps by one that was more lenient.
            SharedEntry? entry = JsonSerializer.Deserialize(body, SharedEntryJson.Default.SharedEntry);
            return entry is not null && UserContext.CanStandInHeaders(entry.UserId, entry.Roles, entry.Tier)
                && (entry.ExpiresAt ?? 0) <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? entry : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private byte[] MacOf(string key, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        mac.AppendData([Version]);
        mac.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(key.AsSpan()));
        mac.AppendData(body);
        return mac.GetHashAndReset();
    }
}
