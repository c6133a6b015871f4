using System.Text.Json.Serialization;
using Gateway.Core.Context;

namespace Gateway.Core.Authentication;

/// <summary>What a gateway tells others of a token that is valid.</summary>
internal sealed record SharedEntry
{
    public required string UserId { get; init; }

    public string? Email { get; init; }

    public required IReadOnlyList<string> Roles { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    public string? Tier { get; init; }

    /// <summary>Unix seconds; null when the token does not end.</summary>
    public long? ExpiresAt { get; init; }

    /// <summary>Unix milliseconds of the answer, by the clock of who asked.</summary>
    public required long AnsweredAt { get; init; }

    /// <summary>How long the answer may be believed from then on, in milliseconds.</summary>
    public required long LifeMs { get; init; }

    /// <summary>The log that who asked followed,</summary>
    public required string Log { get; init; }

    /// <summary>and how far, before it asked.</summary>
    public required long Sequence { get; init; }

    /// <param name="user">Whose token it is.</param>
    /// <param name="answeredAt">When that was found out.</param>
    /// <param name="life">How long it may be believed from then on.</param>
    /// <param name="asOf">How far the log was known before it was asked for.</param>
    public static SharedEntry Of(UserContext user, DateTimeOffset answeredAt, TimeSpan life, LogPosition asOf) => new()
    {
        UserId = user.UserId,
        Email = user.Email,
        Roles = user.Roles,
        Scopes = user.Scopes,
        Tier = user.Tier,
        ExpiresAt = user.ExpiresAt?.ToUnixTimeSeconds(),
        AnsweredAt = answeredAt.ToUnixTimeMilliseconds(),
        LifeMs = (long)life.TotalMilliseconds,
        Log = asOf.Log,
        Sequence = asOf.Sequence,
    };

    public UserContext ToUser() =>
        new(UserId, Email, Roles, Scopes, Tier, ExpiresAt is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SharedEntry))]
internal sealed partial class SharedEntryJson : JsonSerializerContext;
