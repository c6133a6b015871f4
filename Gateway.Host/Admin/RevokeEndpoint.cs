using System.Text.Json.Serialization;
using Gateway.Core;
using Gateway.Core.Authentication;

namespace Gateway.Host.Admin;

/// <summary>What <c>POST /admin/v1/auth/revoke</c> takes: exactly one of both.</summary>
internal sealed class RevokeRequest
{
    /// <summary>As the client sends it, without the scheme.</summary>
    public string? Token { get; init; }

    /// <summary>A user's id.</summary>
    public string? User { get; init; }
}

/// <summary>What it answers.</summary>
/// <param name="Revoked"><c>token</c> or <c>user</c>.</param>
/// <param name="Reached"><c>store</c>: all gateways learn of it within a moment; <c>here</c>: this gateway knows, others when the store is back.</param>
/// <param name="Result">The same in a sentence.</param>
internal sealed record RevokeAnswer(string Revoked, string Reached, string Result);

/// <summary>Unknown members are refused: one that is misspelt must not look as if it had been done.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(RevokeRequest))]
internal sealed partial class RevokeJson : JsonSerializerContext;

/// <summary><c>POST /admin/v1/auth/revoke</c>: nothing that is known of a token, or of any token of a user, is believed any more.</summary>
/// <param name="pipeline">Revokes.</param>
/// <param name="log">Gets every revocation, never a token.</param>
internal sealed partial class RevokeEndpoint(GatewayPipeline pipeline, ILogger log)
{
    private const string Form = """Write exactly one of both: {"token":"…"}, as the client sends it, or {"user":"…"}, the user's id.""";

    /// <summary>Bytes. A token has at most 8 KiB, and JSON may escape it.</summary>
    internal const int MaxBody = 16 * 1024;

    private const int MaxUser = 1024;

    public async Task InvokeAsync(HttpContext http)
    {
        (RevokeRequest? request, AdminProblem? problem) = await AdminBody.ReadAsync(http, RevokeJson.Default.RevokeRequest, MaxBody, Form);
        if (request is null || !IsFine(request))
        {
            await (problem ?? AdminProblem.Of(StatusCodes.Status400BadRequest, Form)).WriteAsync(http);
            return;
        }

        RevocationReach reach = request.Token is { } token ? await pipeline.RevokeTokenAsync(token) : await pipeline.RevokeUserAsync(request.User!);
        if (reach == RevocationReach.Nowhere)
        {
            await AdminProblem.Of(StatusCodes.Status409Conflict, "There is no auth service that could be asked again, so a revocation means nothing.").WriteAsync(http);
            return;
        }

        string revoked = request.Token is null ? "user" : "token";
        RevokeAnswer answer = reach == RevocationReach.Store
            ? new(revoked, "store", $"The {revoked} is revoked, for all gateways that share the store.")
            : new(revoked, "here", $"The {revoked} is revoked at this gateway; others that share its store learn of it when that is back.");
        Revoked(log, answer.Revoked, request.User, answer.Reached, http.Connection.RemoteIpAddress?.ToString());
        await AdminAnswer.WriteAsync(http, answer, AdminJson.Plain.RevokeAnswer);
    }

    private static bool IsFine(RevokeRequest request) =>
        request is { Token: null } or { User: null } && (request.Token ?? request.User) is { Length: > 0 } what
        && (request.Token is null ? what.Length <= MaxUser : AccessToken.IsWellFormed(what));

    [LoggerMessage(310, LogLevel.Information, "Revoked a {What:l} by the admin port: user {User:l}, reached {Reached:l}, asked from {Peer:l}")]
    private static partial void Revoked(ILogger logger, string what, string? user, string reached, string? peer);
}
