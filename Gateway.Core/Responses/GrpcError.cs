using System.Globalization;
using System.Text;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Core.Responses;

/// <summary>A <see cref="GatewayError"/> on a gRPC call: a status in the fields that end the response, since a gRPC client reads no body.</summary>
internal static class GrpcError
{
    /// <summary>
    /// The gRPC status that says what an HTTP status of the error table means. As clients read a bare HTTP status (gRPC's
    /// http-grpc-status-mapping.md), but finer where gRPC has a word of its own: a limit is RESOURCE_EXHAUSTED, not UNAVAILABLE, so that
    /// clients do not simply try again; a timeout is DEADLINE_EXCEEDED.
    /// </summary>
    public static int CodeFor(int status) => status switch
    {
        StatusCodes.Status400BadRequest => Code.Internal,
        StatusCodes.Status401Unauthorized => Code.Unauthenticated,
        StatusCodes.Status403Forbidden => Code.PermissionDenied,
        StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed => Code.Unimplemented,
        StatusCodes.Status413PayloadTooLarge or StatusCodes.Status414UriTooLong or StatusCodes.Status429TooManyRequests
            or StatusCodes.Status431RequestHeaderFieldsTooLarge => Code.ResourceExhausted,
        StatusCodes.Status408RequestTimeout or StatusCodes.Status504GatewayTimeout => Code.DeadlineExceeded,
        StatusCodes.Status499ClientClosedRequest => Code.Cancelled,
        StatusCodes.Status500InternalServerError => Code.Internal,
        StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable => Code.Unavailable,
        _ => Code.Unknown,
    };

    /// <summary>Answers with a status and nothing else ("Trailers-Only"): HTTP says 200, and the headers end the response.</summary>
    public static void Answer(GatewayContext context, ErrorRow row)
    {
        HttpResponse response = context.Http.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        Write(context, row, response.Headers);
    }

    /// <summary>
    /// Ends an answer that broke off after it had begun: its trailers, which the service can no longer send, say why.
    /// False when there is no such place, and the answer must be cut.
    /// </summary>
    public static bool TryEnd(GatewayContext context, ErrorRow row)
    {
        HttpResponse response = context.Http.Response;
        if (!GrpcCall.IsContentType(response.ContentType) || response.ContentLength is not null
            || context.Http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is not { IsReadOnly: false } trailers)
        {
            return false;
        }

        trailers.Clear();
        Write(context, row, trailers);
        return true;
    }

    private static void Write(GatewayContext context, ErrorRow row, IHeaderDictionary fields)
    {
        fields.GrpcStatus = CodeFor(row.Status).ToString(CultureInfo.InvariantCulture);
        fields.GrpcMessage = Encoded(context.Detail is null ? $"{row.Reason}: {row.Title}" : $"{row.Reason}: {row.Title}. {context.Detail}");
    }

    /// <summary>Percent-encoded as gRPC over HTTP/2 says of Status-Message: all but visible ASCII and space, and the percent sign.</summary>
    internal static string Encoded(string message)
    {
        if (!message.AsSpan().ContainsAnyExceptInRange(' ', '~') && !message.Contains('%', StringComparison.Ordinal))
        {
            return message;
        }

        var encoded = new StringBuilder(message.Length + 8);
        foreach (byte b in Encoding.UTF8.GetBytes(message))
        {
            _ = b is >= (byte)' ' and <= (byte)'~' and not (byte)'%'
                ? encoded.Append((char)b)
                : encoded.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }

    /// <summary>The codes of gRPC (its statuscodes.md) that the gateway uses.</summary>
    private static class Code
    {
        public const int Cancelled = 1;
        public const int Unknown = 2;
        public const int DeadlineExceeded = 4;
        public const int PermissionDenied = 7;
        public const int ResourceExhausted = 8;
        public const int Unimplemented = 12;
        public const int Internal = 13;
        public const int Unavailable = 14;
        public const int Unauthenticated = 16;
    }
}
