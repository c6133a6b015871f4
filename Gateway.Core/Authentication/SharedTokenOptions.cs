using Gateway.Core.Errors;

namespace Gateway.Core.Authentication;

/// <summary>Whether gateways share what they know of tokens, and how they tell each other that one is revoked. What a gateway finds there was signed
/// by another, so that whoever can write to the store cannot make up a user.</summary>
public sealed record SharedTokenOptions
{
    internal static readonly TimeSpan MinSoft = TimeSpan.FromSeconds(1), MaxSoft = TimeSpan.FromDays(1);

    /// <summary>The store's address, and what else StackExchange.Redis is to know, as in <c>redis:6379,password=…,ssl=true</c>. Null (default): each
    /// gateway has its own cache, and a revocation reaches the gateway alone that learns of it.</summary>
    public string? Redis { get; init; }

    /// <summary>File with the secret from which the signing key is derived: 32 – 4,096 bytes, the same at all gateways. Read when the configuration is
    /// put in force. Required with <see cref="Redis"/>; default null.</summary>
    public string? KeyFile { get; init; }

    /// <summary>What the keys in Redis begin with: gateways that share tokens have the same, others another. 1–64 of A–Z, a–z, 0–9, '-', '_', '.' and
    /// ':'; default <c>gateway</c>.</summary>
    public string KeyPrefix { get; init; } = "gateway";

    /// <summary>While the store is away no revocation arrives: valid answers that are older than this are then asked for again, and stay in use if
    /// nobody can say. 1 s – 1 day; default 1 min.</summary>
    public TimeSpan SoftDuration { get; init; } = TimeSpan.FromMinutes(1);

    internal void Validate(string at, AuthMode mode, OptionErrors errors)
    {
        errors.Range($"{at}:{nameof(SoftDuration)}", SoftDuration, MinSoft, MaxSoft);
        errors.Prefix($"{at}:{nameof(KeyPrefix)}", KeyPrefix);

        if (Redis is null)
        {
            return;
        }

        if (string.IsNullOrWhiteSpace(Redis))
        {
            errors.Add($"{at}:{nameof(Redis)}", "is empty; write the store's address, as in 'redis:6379', or null");
        }

        if (KeyFile is null)
        {
            errors.Add($"{at}:{nameof(KeyFile)}", "is missing: a file with a secret of at least 32 bytes, the same at all gateways");
        }

        if (mode == AuthMode.Jwt)
        {
            errors.Add($"{at}:{nameof(Redis)}", $"the mode {nameof(AuthMode.Jwt)} has no auth service that could be asked again about a revoked token; set it to null");
        }
    }
}
