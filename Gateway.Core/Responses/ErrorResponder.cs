using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Responses;

/// <summary>The body of an answer that the gateway makes itself (RFC 9457).</summary>
internal sealed record ProblemDetails
{
    public required string Type { get; init; }

    public required string Title { get; init; }

    public required int Status { get; init; }

    public string? Detail { get; init; }

    public required string Reason { get; init; }

    public required string CorrelationId { get; init; }

    public int? RetryAfter { get; init; }

    /// <summary>Null but where routes are suggested, in development.</summary>
    public IReadOnlyList<string>? NearestRoutes { get; init; }
}

[JsonSerializable(typeof(ProblemDetails))]
internal sealed partial class ProblemJson : JsonSerializerContext;

/// <summary>The one place where a <see cref="GatewayError"/> becomes HTTP.</summary>
internal static class ErrorResponder
{
    /// <summary>Quotes and the like stand as they are: the answer is no HTML, and is not served as such.</summary>
    private static readonly ProblemJson Json = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>Answers a refused request. A response that has already begun cannot be mended: its connection is cut, so that
    /// the client does not take half an answer for a whole one; only gRPC has a place for the error behind it.</summary>
    public static Task RespondAsync(GatewayContext context)
    {
        HttpContext http = context.Http;
        if (http.Response.HasStarted)
        {
            if (context.Error == GatewayError.ClientClosed || !GrpcCall.Is(http.Request) || !GrpcError.TryEnd(context, context.Error.Row()))
            {
                http.Abort();
            }

            return Task.CompletedTask;
        }

        if (context.Error == GatewayError.ClientClosed)
        {
            // Nobody reads it; 499 is for the log alone.
            http.Abort();
            return Task.CompletedTask;
        }

        return WriteAsync(context, context.Error.Row());
    }

    private static async Task WriteAsync(GatewayContext context, ErrorRow row)
    {
        HttpResponse response = context.Http.Response;
        response.Headers.Clear();
        foreach ((string name, StringValues values) in context.ApplicationHeaders ?? [])
        {
            response.Headers[name] = values;
        }

        WriteHeaders(context, response.Headers);
        if (GrpcCall.Is(context.Http.Request))
        {
            GrpcError.Answer(context, row);
            return;
        }

        response.StatusCode = row.Status;
        context.Http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
        response.ContentType = "application/problem+json";
        response.Headers.CacheControl = "no-store";

        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new ProblemDetails
        {
            Type = $"urn:gateway:error:{row.Reason}",
            Title = row.Title,
            Status = row.Status,
            Detail = context.Detail,
            Reason = row.Reason,
            CorrelationId = context.CorrelationId,
            RetryAfter = context.RetryAfterSeconds,
            NearestRoutes = context.NearestRoutes is { Count: > 0 } near ? near : null,
        }, Json.ProblemDetails);
        response.ContentLength = body.Length;
        if (context.Http.Request.Method != HttpMethods.Head)
        {
            await response.Body.WriteAsync(body, context.Http.RequestAborted);
        }
    }

    private static void WriteHeaders(GatewayContext context, IHeaderDictionary headers)
    {
        switch (context.Error)
        {
            // RFC 6750 §3: no error code when no token was sent.
            case GatewayError.TokenMissing:
                headers.WWWAuthenticate = "Bearer";
                break;
            case GatewayError.TokenInvalid:
                headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
                break;
            case GatewayError.Forbidden:
                headers.WWWAuthenticate = "Bearer error=\"insufficient_scope\"";
                break;
            case GatewayError.MethodNotAllowed:
                headers.Allow = context.Allow;
                break;

            // RFC 9110 §15.5.14: the rest of the body is not worth reading for the sake of the connection. HTTP/2 has no such header.
            case GatewayError.BodyTooLarge when HttpProtocol.IsHttp11(context.Http.Request.Protocol):
                headers.Connection = "close";
                break;
        }

        if (context.RetryAfterSeconds is { } seconds)
        {
            headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
