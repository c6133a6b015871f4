using System.Buffers.Text;
using System.Text.Json;
using Gateway.Core.Context;

namespace Gateway.Core.Authentication;

/// <summary>
/// Reads the user out of a JWT's payload whose signature has been checked. Claims of a kind not expected count as absent, which never
/// gives a user more; only <c>sub</c> must be there.
/// </summary>
internal static class JwtClaims
{
    /// <summary>A claim that stands twice makes a token invalid (RFC 7519 §4): two readers could see two users.</summary>
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <returns>Null when the token names no user, or names one, a role or a tier that cannot stand in a header.</returns>
    /// <exception cref="FormatException">The payload is not base64url.</exception>
    /// <exception cref="JsonException">The payload is not a JSON object in which each claim stands once.</exception>
    public static UserContext? Read(string encodedPayload, DateTimeOffset expiresAt)
    {
        using JsonDocument payload = JsonDocument.Parse(Base64Url.DecodeFromChars(encodedPayload), Strict);
        JsonElement claims = payload.RootElement;
        if (claims.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        string? userId = Text(claims, "sub");
        string[] roles = List(claims, "roles", separator: null) ?? List(claims, "role", separator: null) ?? [];
        string[] scopes = List(claims, "scope", separator: ' ') ?? List(claims, "scp", separator: ' ')
            ?? List(claims, "scopes", separator: ' ') ?? [];
        string? tier = Text(claims, "tier");
        return UserContext.CanStandInHeaders(userId, roles, tier)
            ? new UserContext(userId!, Text(claims, "email"), roles, scopes, tier, expiresAt)
            : null;
    }

    private static string? Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : null;

    /// <summary>A list, or one string: split at the separator if there is one, else a list of one.</summary>
    private static string[]? List(JsonElement claims, string name, char? separator)
    {
        if (!claims.TryGetProperty(name, out JsonElement value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.String when separator is { } at => value.GetString()!.Split(at, StringSplitOptions.RemoveEmptyEntries),
            JsonValueKind.String => value.GetString() is { Length: > 0 } single ? [single] : [],
            JsonValueKind.Array =>
                [.. value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)],
            _ => null,
        };
    }
}
