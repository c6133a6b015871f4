using System.IO.Pipelines;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Proxying;

/// <summary>
/// The fields after a response's body, on their way to a client that can take them: over HTTP/2 every one can; over HTTP/1.1 who says
/// so with "TE: trailers", and if the body comes in chunks; for all others they end here (RFC 9110 §6.5.1).
/// Fields of the head (Content-Length, Host, Set-Cookie, …) are no trailers: SocketsHttpHandler drops them, HTTP/1.1 and HTTP/2 alike.
/// </summary>
/// <remarks>
/// Trailers of a request end at the gateway: SocketsHttpHandler has no way to send them (dotnet/runtime has them for responses alone:
/// HttpResponseMessage.TrailingHeaders). RFC 9110 §6.5.1 lets an intermediary discard them, and gRPC has none in requests.
/// </remarks>
internal static class ResponseTrailers
{
    /// <summary>Whether the client takes trailers: the one member of TE that is for us (RFC 9110 §10.1.4).</summary>
    public static bool AreWanted(HttpRequest request) =>
        request.Headers.TE.Count > 0 && HopByHop.IsNamed(request.Headers.TE, "trailers") && !HttpProtocol.IsHttp10(request.Protocol);

    /// <summary>Where the body goes. Call it when the response's headers are copied and have not left.</summary>
    public static PipeWriter Open(HttpContext http, HttpResponseMessage message)
    {
        HttpResponse response = http.Response;
        bool isHttp11 = HttpProtocol.IsHttp11(http.Request.Protocol);
        bool asChunks = isHttp11 && response.ContentLength is null && AreWanted(http.Request) && IsTheServers(http);
        if (!asChunks && (isHttp11 || http.Features.Get<IHttpResponseTrailersFeature>() is null))
        {
            return response.BodyWriter;
        }

        // What is to come is announced only where it comes (RFC 9110 §6.6.2).
        if (message.Headers.NonValidated.TryGetValues("Trailer", out HeaderStringValues announced)
            && announced.All(IsWritable))
        {
            response.Headers.Trailer = new StringValues([.. announced]);
        }

        if (!asChunks)
        {
            return response.BodyWriter;
        }

        // Kestrel leaves the framing to whoever names it.
        response.Headers.TransferEncoding = "chunked";
        return new ChunkedWriter(response.BodyWriter);
    }

    /// <summary>Whether what is written goes to the connection as it is. An application may have put a stream of its own between, which compresses,
    /// keeps or changes what it gets: chunks of ours would become content.</summary>
    private static bool IsTheServers(HttpContext http) =>
        ReferenceEquals(http.Features.Get<IHttpResponseBodyFeature>(), http.Features.Get<IHttpResponseFeature>());

    /// <summary>Writes the trailers once the body is copied; a body that <see cref="Open"/> frames ends here, and is still to be flushed.</summary>
    /// <returns>False when a field cannot be written: the service's fault, and the answer must not pass for a whole one.</returns>
    public static bool Write(HttpContext http, HttpResponseMessage message, PipeWriter body, ResponseHeaders rules)
    {
        var chunks = body as ChunkedWriter;
        if (chunks is null && HttpProtocol.IsHttp11(http.Request.Protocol))
        {
            // Nor are they looked for: HttpClient makes them when asked for them.
            return true;
        }

        HttpHeadersNonValidated trailers = message.TrailingHeaders.NonValidated;
        IHeaderDictionary? to = chunks is not null || trailers.Count == 0 ? null : http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        if (chunks is null && to is null)
        {
            return true;
        }

        // All are looked at before one is written: what takes the answer's place must not carry half of them.
        KeyValuePair<string, HeaderStringValues>[] fields = FieldsForTheClient(trailers, rules);
        if (!fields.All(static field => field.Value.All(IsWritable)))
        {
            return false;
        }

        if (chunks is not null)
        {
            chunks.End(fields);
            return true;
        }

        foreach ((string name, HeaderStringValues values) in fields)
        {
            to!.Append(name, new StringValues([.. values]));
        }

        return true;
    }

    /// <summary>By itself, since what its lambda holds would be allocated for every answer.</summary>
    private static KeyValuePair<string, HeaderStringValues>[] FieldsForTheClient(HttpHeadersNonValidated trailers, ResponseHeaders rules) =>
        [.. trailers.Where(field => !rules.EndsHere(field.Key))];

    /// <summary>RFC 9110 §5.5: a value has no control characters but the tab.</summary>
    private static bool IsWritable(string value)
    {
        foreach (char c in value)
        {
            if (c is (< ' ' and not '\t') or '\x7f' or > '\xff')
            {
                return false;
            }
        }

        return true;
    }
}
