using System.Text.Json.Serialization;

namespace Gateway.Core.Authentication;

/// <summary>What the auth service is asked.</summary>
internal sealed record VerifyRequest(string Token);

/// <summary>What it answers with 200. Members it does not know of are ignored; all but the user's id may be missing.</summary>
internal sealed record VerifyAnswer
{
    public string? UserId { get; init; }

    public string? Email { get; init; }

    public IReadOnlyList<string?>? Roles { get; init; }

    public IReadOnlyList<string?>? Scopes { get; init; }

    public string? Tier { get; init; }

    /// <summary>Unix seconds; null when the token does not end.</summary>
    public long? ExpiresAt { get; init; }
}

/// <summary>A member that stands twice makes an answer malformed: which one counts would be a guess about who the user is.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(VerifyRequest))]
[JsonSerializable(typeof(VerifyAnswer))]
internal sealed partial class VerifyJson : JsonSerializerContext;
