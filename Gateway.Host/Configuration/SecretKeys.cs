using System.Collections.Frozen;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.RateLimiting;
using Gateway.Host.Kubernetes;
using Gateway.Host.Telemetry;

namespace Gateway.Host.Configuration;

/// <summary>How much of a value may be shown.</summary>
internal enum Secrecy
{
    /// <summary>All of it.</summary>
    Open,

    /// <summary>Nothing.</summary>
    Secret,

    /// <summary>The addresses of a store, and how it is spoken to, but no user and no password.</summary>
    ConnectionString,

    /// <summary>Values of headers, unless the header's name looks like that of a secret.</summary>
    ByName,
}

/// <summary>
/// The closed list of what in a configuration is a secret. A key whose name looks like one and that is not in the list counts as a secret, and
/// fails a test until it is.
/// </summary>
internal static class SecretKeys
{
    /// <summary>What stands in place of a secret.</summary>
    public const string Hidden = "***";

    private static readonly string[] Telling = ["password", "passphrase", "secret", "token", "key", "credential", "redis", "authorization", "cookie", "signature"];

    /// <summary>In names of headers these tell as well. Keys of a configuration have such words for sections and switches.</summary>
    private static readonly string[] TellingOfHeaders = ["auth", "session", "jwt", "bearer", "pass", "pwd", "sid"];

    /// <summary>What of a StackExchange.Redis configuration is worth seeing and no secret.</summary>
    private static readonly FrozenSet<string> ShownOfRedis = new[]
    {
        "ssl", "sslHost", "sslProtocols", "name", "serviceName", "defaultDatabase", "abortConnect", "allowAdmin", "channelPrefix", "connectRetry",
        "connectTimeout", "syncTimeout", "asyncTimeout", "keepAlive", "protocol", "proxy", "resolveDns", "version",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<(Type Record, string Key), Secrecy> Known = new Dictionary<(Type, string), Secrecy>
    {
        [(typeof(RateLimitStoreOptions), nameof(RateLimitStoreOptions.Redis))] = Secrecy.ConnectionString,
        [(typeof(SharedTokenOptions), nameof(SharedTokenOptions.Redis))] = Secrecy.ConnectionString,
        [(typeof(KestrelCertificate), nameof(KestrelCertificate.Password))] = Secrecy.Secret,
        [(typeof(OtlpOptions), nameof(OtlpOptions.Headers))] = Secrecy.Secret,
        [(typeof(GatewayRouteOptions), nameof(GatewayRouteOptions.Headers))] = Secrecy.ByName,

        // A switch; names of files, of keys in a store and of a cookie, a kind of key, and numbers.
        [(typeof(CorsOptions), nameof(CorsOptions.AllowCredentials))] = Secrecy.Open,
        [(typeof(AdminOptions), nameof(AdminOptions.TokenFile))] = Secrecy.Open,
        [(typeof(KubernetesOptions), nameof(KubernetesOptions.TokenFile))] = Secrecy.Open,
        [(typeof(SharedTokenOptions), nameof(SharedTokenOptions.KeyFile))] = Secrecy.Open,
        [(typeof(RateLimitPolicyOptions), nameof(RateLimitPolicyOptions.CustomKey))] = Secrecy.Open,
        [(typeof(SharedTokenOptions), nameof(SharedTokenOptions.KeyPrefix))] = Secrecy.Open,
        [(typeof(KestrelCertificate), nameof(KestrelCertificate.KeyPath))] = Secrecy.Open,
        [(typeof(RateLimitStoreOptions), nameof(RateLimitStoreOptions.KeyPrefix))] = Secrecy.Open,
        [(typeof(RateLimitStoreOptions), nameof(RateLimitStoreOptions.MaxKeys))] = Secrecy.Open,
        [(typeof(RateLimitPolicyOptions), nameof(RateLimitPolicyOptions.Key))] = Secrecy.Open,
        [(typeof(AuthOptions), nameof(AuthOptions.Cookie))] = Secrecy.Open,
        [(typeof(JwtOptions), nameof(JwtOptions.UnknownKeyInterval))] = Secrecy.Open,
    }.ToFrozenDictionary();

    public static Secrecy Of(Type record, string key) =>
        Known.TryGetValue((record, key), out Secrecy secrecy) ? secrecy : LooksSecret(key) ? Secrecy.Secret : Secrecy.Open;

    /// <summary>Whether somebody has decided about the key.</summary>
    public static bool IsClassified(Type record, string key) => Known.ContainsKey((record, key));

    /// <summary>Whether the name of a key is such as secrets have.</summary>
    public static bool LooksSecret(string name) => HasOneOf(Telling, name);

    private static bool IsHeaderOfASecret(string name) => LooksSecret(name) || HasOneOf(TellingOfHeaders, name);

    private static bool HasOneOf(string[] words, string name) => Array.Exists(words, word => name.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>What may be shown of a text.</summary>
    /// <param name="text">The value.</param>
    /// <param name="secrecy">The key's.</param>
    /// <param name="name">The header's, for <see cref="Secrecy.ByName"/>.</param>
    public static string Shown(string text, Secrecy secrecy, string name) => secrecy switch
    {
        Secrecy.Secret => Hidden,
        Secrecy.ByName when IsHeaderOfASecret(name) => Hidden,
        Secrecy.ConnectionString => string.Join(',', text.Split(',').Select(ShownOfAddress)),
        _ => text,
    };

    /// <summary>One piece between commas: an address, or an option. A piece with an '@' is an address with a user, or half of a password.</summary>
    private static string ShownOfAddress(string piece)
    {
        int equals = piece.IndexOf('=');
        return equals >= 0 ? ShownOfRedis.Contains(piece[..equals].Trim()) ? piece : $"{(LooksLikeAName(piece[..equals]) ? piece[..equals] : Hidden)}={Hidden}"
            : IsAddress(piece) ? piece : Hidden;
    }

    private static bool LooksLikeAName(string text) => text.Trim() is { Length: > 0 and <= 24 } name && name.All(char.IsAsciiLetter);

    /// <summary>A host with a port, or without, and not what may be the rest of a password that has a comma.</summary>
    private static bool IsAddress(string piece) => piece.Trim() is { Length: > 0 } text
        && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '[' or ']')
        && (text.Contains(':', StringComparison.Ordinal) || text.Contains('.', StringComparison.Ordinal));
}
