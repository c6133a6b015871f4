using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Core;
using Gateway.Core.Authentication;
using Microsoft.AspNetCore.Http.Features;

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
internal sealed record RevokeAnswer(string Revoked, string Reached);

/// <summary>Unknown members are refused: one that is misspelt must not look as if it had been done.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(RevokeRequest))]
internal sealed partial class RevokeJson : JsonSerializerContext;

/// <summary><c>POST /admin/v1/auth/revoke</c>: nothing that is known of a token, or of any token of a user, is believed any more.</summary>
/// <param name="pipeline">Revokes.</param>
/// <param name="guard">Says who may.</param>
/// <param name="log">Gets every revocation, never a token.</param>
internal sealed partial class RevokeEndpoint(GatewayPipeline pipeline, AdminGuard guard, ILogger log)
{
    public const string Path = "/admin/v1/auth/revoke";

    /// <summary>Bytes. A token has at most 8 KiB, and JSON may escape it.</summary>
    internal const int MaxBody = 16 * 1024;

    private const int MaxUser = 1024;

    public async Task InvokeAsync(HttpContext http)
    {
        if (Refuses(http) is { } refusal)
        {
            await refusal.WriteAsync(http);
            return;
        }

        (RevokeRequest? request, AdminProblem? problem) = await ReadAsync(http);
        if (request is null)
        {
            await problem!.WriteAsync(http);
            return;
        }

        RevocationReach reach = request.Token is { } token ? await pipeline.RevokeTokenAsync(token) : await pipeline.RevokeUserAsync(request.User!);
        if (reach == RevocationReach.Nowhere)
        {
            await AdminProblem.Of(StatusCodes.Status409Conflict, "There is no auth service that could be asked again, so a revocation means nothing.").WriteAsync(http);
            return;
        }

        var answer = new RevokeAnswer(request.Token is null ? "user" : "token", reach == RevocationReach.Store ? "store" : "here");
        Revoked(log, answer.Revoked, request.User, answer.Reached, http.Connection.RemoteIpAddress?.ToString());
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer, AdminJson.Plain.RevokeAnswer));
    }

    private AdminProblem? Refuses(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.Headers.Allow = HttpMethods.Post;
            return AdminProblem.Of(StatusCodes.Status405MethodNotAllowed, "Only POST revokes.");
        }

        return guard.Refuses(http) ?? (http.Request.HasJsonContentType() ? null
            : AdminProblem.Of(StatusCodes.Status415UnsupportedMediaType, "The body is to be application/json."));
    }

    private static async Task<(RevokeRequest? Request, AdminProblem? Problem)> ReadAsync(HttpContext http)
    {
        try
        {
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            {
                limit.MaxRequestBodySize = MaxBody;
            }

            RevokeRequest? request = await JsonSerializer.DeserializeAsync(http.Request.Body, RevokeJson.Default.RevokeRequest, http.RequestAborted);
            return request is { Token: null } or { User: null } && (request.Token ?? request.User) is { Length: > 0 } what
                && (request.Token is null ? what.Length <= MaxUser : AccessToken.IsWellFormed(what))
                    ? (request, null)
                    : (null, AdminProblem.Of(StatusCodes.Status400BadRequest, """Write exactly one of both: {"token":"…"}, as the client sends it, or {"user":"…"}, the user's id."""));
        }
        catch (BadHttpRequestException failure) when (failure.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, AdminProblem.Of(failure.StatusCode, $"The body has more than {MaxBody} bytes."));
        }
        catch (JsonException)
        {
            // What it says repeats what was sent.
            return (null, AdminProblem.Of(StatusCodes.Status400BadRequest, """The body is not JSON of the form {"token":"…"} or {"user":"…"}."""));
        }
    }

    [LoggerMessage(310, LogLevel.Information, "Revoked a {What:l} by the admin port: user {User:l}, reached {Reached:l}, asked from {Peer:l}")]
    private static partial void Revoked(ILogger logger, string what, string? user, string reached, string? peer);
}
