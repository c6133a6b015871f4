using System.Buffers;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Reception;

/// <summary>
/// What the server lets through and RFC 9110 and 9112 forbid, or leave to a gateway's caution: methods that no gateway forwards,
/// framing that two readers may read differently, header names and values that are none.
/// </summary>
internal static class RequestForm
{
    /// <summary>Methods that some route may take; the value of Allow where a method is refused on every path.</summary>
    public const string Methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    /// <summary>RFC 9110 §5.6.2: the characters of a token.</summary>
    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>RFC 9110 §5.5: what a field value cannot have; a tab it can.</summary>
    private static readonly SearchValues<char> Controls = SearchValues.Create(
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\a\b\n\v\f\r\u000E\u000F\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\u007F");

    /// <summary>Refuses the request when its form is wrong.</summary>
    public static void Check(GatewayContext context)
    {
        HttpRequest request = context.Http.Request;
        if (IsNeverForwarded(context.Http))
        {
            context.Allow = Methods;
            context.Refuse(GatewayError.MethodNotAllowed, "The gateway opens no tunnels and reflects no requests.");
        }
        else if (!IsHttp1(request) && Http2Problem(request) is { } problem)
        {
            context.Refuse(GatewayError.BadRequest, problem);
        }
        else if (FramingProblem(request) is { } framing)
        {
            context.Refuse(GatewayError.BadRequest, framing);
        }
        else if (HeaderProblem(request.Headers) is { } header)
        {
            context.Refuse(GatewayError.BadRequest, header);
        }
    }

    /// <summary>What would be read differently by routing, by HttpClient and by the service; null when there is nothing.</summary>
    public static string? AmbiguityOf(HttpRequest request, string target)
    {
        // RFC 9110 §9.1: methods are case-sensitive. HttpClient sends "post" as POST, which another route may guard.
        if (HttpMethod.Parse(request.Method).Method != request.Method)
        {
            return "The method is a known one in the wrong case.";
        }

        // Kestrel compares the target's authority with Host, but HTTP/1.0 may leave Host out: routes by host would be passed by.
        return target.Length > 0 && target[0] != '/' && !request.Host.HasValue ? "The target names a host, but there is no Host." : null;
    }

    /// <summary>
    /// CONNECT asks for a tunnel, which only a forward proxy opens (RFC 9110 §9.3.6); TRACE reflects credentials to whoever made the
    /// browser send it (§9.3.8). An extended CONNECT (RFC 8441) is no tunnel but a WebSocket, and goes the way of any request.
    /// </summary>
    private static bool IsNeverForwarded(HttpContext http) =>
        HttpMethods.IsTrace(http.Request.Method)
        || (HttpMethods.IsConnect(http.Request.Method) && http.Features.Get<IHttpExtendedConnectFeature>()?.IsExtendedConnect != true);

    private static bool IsHttp1(HttpRequest request) => HttpProtocol.IsHttp11(request.Protocol) || HttpProtocol.IsHttp10(request.Protocol);

    /// <summary>
    /// RFC 9113 §8.2.2 and RFC 9114 §4.2: headers of an HTTP/1.1 connection make a message malformed; Kestrel 10 knows that of
    /// Connection and TE alone. RFC 9110 §4.2.1: no URI of HTTP is without a host; Kestrel wants one over HTTP/1.1 alone.
    /// </summary>
    private static string? Http2Problem(HttpRequest request)
    {
        IHeaderDictionary headers = request.Headers;
        if (headers.TransferEncoding.Count > 0 || headers.Upgrade.Count > 0 || headers.KeepAlive.Count > 0 || headers.ContainsKey("Proxy-Connection"))
        {
            return "The request has a header of an HTTP/1.1 connection.";
        }

        return request.Host.HasValue ? null : "The request names no host.";
    }

    private static string? FramingProblem(HttpRequest request)
    {
        StringValues coding = request.Headers.TransferEncoding;
        if (coding.Count == 0)
        {
            return null;
        }

        // RFC 9112 §6.1: HTTP/1.0 knows no transfer codings, so a message that has one is faulty.
        if (HttpProtocol.IsHttp10(request.Protocol))
        {
            return "An HTTP/1.0 request cannot have a Transfer-Encoding.";
        }

        // The body goes on with chunks of our own, so another coding would be lost on the way (RFC 9112 §6.1).
        if (coding.Count != 1 || !string.Equals(coding[0], "chunked", StringComparison.OrdinalIgnoreCase))
        {
            return "The only Transfer-Encoding taken is a single 'chunked'.";
        }

        // RFC 9112 §6.3: a message with both lengths is an attempt at smuggling, or as good as one. Kestrel moves the Content-Length
        // into this header, so it also stands for a client's own of that name beside chunks: too rare to be worth the doubt.
        return request.Headers.ContainsKey("X-Content-Length") ? "The request has both a Transfer-Encoding and a Content-Length." : null;
    }

    /// <summary>
    /// RFC 9110 §5.1 and §5.5. Kestrel takes any ASCII but space, colon, CR, LF and NUL in a name, and any control character but CR, LF and
    /// NUL in a value; services differ about both, and what stands at a value's ends some of them trim.
    /// </summary>
    private static string? HeaderProblem(IHeaderDictionary headers)
    {
        foreach ((string name, StringValues values) in headers)
        {
            if (name.AsSpan().ContainsAnyExcept(Token))
            {
                return "A header's name is not a token.";
            }

            for (int i = 0; i < values.Count; i++)
            {
                if (values[i].AsSpan().ContainsAny(Controls))
                {
                    return "A header's value has a control character.";
                }
            }
        }

        return null;
    }
}
