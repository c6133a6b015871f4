using Microsoft.IdentityModel.Tokens;

namespace Gateway.Core.Authentication;

/// <summary>
/// The issuer's public keys as of one fetch (RFC 7517), only those that can check a signature the gateway accepts.
/// Immutable; safe from any thread.
/// </summary>
internal sealed class JwtKeySet
{
    private readonly JsonWebKey[] _keys;

    private JwtKeySet(JsonWebKey[] keys, long fetchedAt) => (_keys, FetchedAt) = (keys, fetchedAt);

    /// <summary>Signatures accepted. Asymmetric only: with HS256 in the list, the public key would be a password everybody has.</summary>
    internal static IReadOnlyList<string> Algorithms { get; } =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    /// <summary>Timestamp of the clock.</summary>
    public long FetchedAt { get; }

    /// <summary>Reads a JWKS document.</summary>
    /// <returns>Null when no key in it is usable: that is an issuer half set up, not one that has withdrawn every key.</returns>
    /// <exception cref="ArgumentException">It is not a JWKS document.</exception>
    public static JwtKeySet? Parse(string json, long fetchedAt)
    {
        var keys = new List<JsonWebKey>();
        foreach (JsonWebKey key in new JsonWebKeySet(json).Keys)
        {
            if (IsUsable(key))
            {
                keys.Add(PublicPart(key));
            }
        }

        return keys.Count == 0 ? null : new JwtKeySet([.. keys], fetchedAt);
    }

    /// <summary>Whether a token with this key id could have been signed by one of these keys. Without an id any could have.</summary>
    public bool Knows(string? kid) => Array.Exists(_keys, key => IsMeant(key, kid));

    /// <summary>The keys that fit a token's header; empty for an algorithm that is not accepted.</summary>
    public IReadOnlyList<SecurityKey> For(string algorithm, string? kid) =>
        Array.FindAll(_keys, key => IsMeant(key, kid) && Fits(key, algorithm));

    private static bool IsMeant(JsonWebKey key, string? kid) =>
        string.IsNullOrEmpty(kid) || string.IsNullOrEmpty(key.KeyId) || string.Equals(key.KeyId, kid, StringComparison.Ordinal);

    private static bool Fits(JsonWebKey key, string algorithm) =>
        (string.IsNullOrEmpty(key.Alg) || string.Equals(key.Alg, algorithm, StringComparison.Ordinal)) && algorithm switch
        {
            "RS256" or "RS384" or "RS512" or "PS256" or "PS384" or "PS512" => key.Kty == JsonWebAlgorithmsKeyTypes.RSA,

            // RFC 7518 §3.4: each algorithm has its one curve.
            "ES256" => key.Crv == JsonWebKeyECTypes.P256,
            "ES384" => key.Crv == JsonWebKeyECTypes.P384,
            "ES512" => key.Crv == JsonWebKeyECTypes.P521,
            _ => false,
        };

    private static bool IsUsable(JsonWebKey key)
    {
        bool isForSignatures = string.IsNullOrEmpty(key.Use) || key.Use == JsonWebKeyUseNames.Sig;
        bool mayVerify = key.KeyOps.Count == 0 || key.KeyOps.Contains("verify");
        bool isComplete = key.Kty switch
        {
            JsonWebAlgorithmsKeyTypes.RSA => key.N is not null && key.E is not null,
            JsonWebAlgorithmsKeyTypes.EllipticCurve => key.X is not null && key.Y is not null,
            _ => false,
        };
        return isForSignatures && mayVerify && isComplete;
    }

    /// <summary>Leaves certificates and stray private parts behind: the numbers of the key are all that is trusted.</summary>
    private static JsonWebKey PublicPart(JsonWebKey key) => key.Kty == JsonWebAlgorithmsKeyTypes.RSA
        ? new JsonWebKey { Kty = key.Kty, N = key.N, E = key.E, Alg = key.Alg, KeyId = key.KeyId }
        : new JsonWebKey { Kty = key.Kty, Crv = key.Crv, X = key.X, Y = key.Y, Alg = key.Alg, KeyId = key.KeyId };
}
