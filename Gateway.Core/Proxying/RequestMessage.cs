using Gateway.Core.Backends;
using Gateway.Core.Context;
using Microsoft.AspNetCore.Http;

namespace Gateway.Core.Proxying;

/// <summary>The message to a service: the client's request by our rules.</summary>
internal static class RequestMessage
{
    /// <param name="context">The request.</param>
    /// <param name="address">Where it goes; null when that is decided later.</param>
    /// <param name="body">The request's body; null when it has none.</param>
    /// <param name="isHttp2">Whether the service speaks HTTP/2.</param>
    public static HttpRequestMessage Create(GatewayContext context, Uri? address, HttpContent? body, bool isHttp2)
    {
        HttpRequest request = context.Http.Request;
        var message = new HttpRequestMessage(HttpMethod.Parse(context.Method), address)
        {
            Content = body ?? (request.ContentLength == 0 || !IsRepeatable(context.Method) ? new ByteArrayContent([]) : null),
        };
        RequestHeaders.Copy(context, message, isHttp2);
        return message;
    }

    /// <summary>Names the host that the instance was found under, if it is not its address: HttpClient takes it for TLS as well.</summary>
    public static void NameHost(HttpRequestMessage message, ServiceInstance instance)
    {
        if (instance.Authority is { } authority)
        {
            message.Headers.Host = authority;
        }
    }

    /// <summary>
    /// HttpClient quietly repeats a request without content when a pooled connection breaks (a POST was seen three times): only for
    /// methods that change nothing may it, so all others have content, if an empty one.
    /// </summary>
    private static bool IsRepeatable(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);
}
