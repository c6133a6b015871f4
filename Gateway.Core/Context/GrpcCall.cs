using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Context;

/// <summary>What makes a request a gRPC call, and a response an answer to one.</summary>
internal static class GrpcCall
{
    private const string MediaType = "application/grpc";

    /// <summary>
    /// Whether the request speaks gRPC, which needs the trailers of HTTP/2 or later. gRPC-Web, though its name begins the same, is
    /// another protocol, whose clients read HTTP's own status.
    /// </summary>
    public static bool Is(HttpRequest request) => IsContentType(request.ContentType) && !GatewayContext.IsHttp1(request);

    /// <summary>"application/grpc", alone or before a message format ("+proto") or parameters (";").</summary>
    public static bool IsContentType(string? contentType) =>
        contentType is not null
        && contentType.StartsWith(MediaType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == MediaType.Length || contentType[MediaType.Length] is '+' or ';' or ' ');
}
