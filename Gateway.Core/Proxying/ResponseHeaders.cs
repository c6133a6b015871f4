using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Proxying;

/// <summary>Which headers the client gets of the service's response: all but those that end here and those the gateway writes itself.</summary>
/// <param name="ownsCors">Whether the gateway answers for CORS; then the service's own Access-Control headers are dropped.</param>
internal sealed class ResponseHeaders(bool ownsCors)
{
    /// <summary>Copies status and headers.</summary>
    /// <returns>Why the response is none that a client could be sent; null when it was copied.</returns>
    public string? TryCopy(HttpResponseMessage message, HttpContext http)
    {
        try
        {
            if (FramingProblem(message) is { } problem)
            {
                return problem;
            }

            Copy(message, http);
            return null;
        }
        catch (Exception invalid) when (invalid is InvalidOperationException or ArgumentException)
        {
            // Kestrel's judgement of a header's name or value.
            return "The response has a header that cannot be one.";
        }
    }

    /// <summary>
    /// Why the response's framing cannot be trusted; null when it can (RFC 9112 §6.3). HttpClient is lenient here: of an invalid length
    /// or an unknown coding it makes a body that ends with the connection, and beside chunks it overlooks a length, which the
    /// client would then be told.
    /// </summary>
    private static string? FramingProblem(HttpResponseMessage message)
    {
        // An interim response can only be a 101, and nobody has asked for that one; below 100 there is nothing.
        if ((int)message.StatusCode < StatusCodes.Status200OK)
        {
            return "The response's status is not one that ends a request.";
        }

        bool hasLength = message.Content.Headers.NonValidated.TryGetValues("Content-Length", out HeaderStringValues length);
        if (message.Version.Major == 1 && message.Headers.NonValidated.TryGetValues("Transfer-Encoding", out HeaderStringValues coding))
        {
            return message.Version.Minor == 0 ? "An HTTP/1.0 response cannot have a Transfer-Encoding."
                : hasLength ? "The response has both a Transfer-Encoding and a Content-Length."
                : coding.Count == 1 && coding.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase) ? null
                : "The response's Transfer-Encoding is not a single 'chunked'.";
        }

        return hasLength && (length.Count != 1 || message.Content.Headers.ContentLength is null)
            ? "The response's Content-Length is not one number."
            : null;
    }

    private void Copy(HttpResponseMessage message, HttpContext http)
    {
        HttpResponse response = http.Response;
        response.StatusCode = (int)message.StatusCode;
        if (message.Version.Major == 1 && !string.IsNullOrEmpty(message.ReasonPhrase))
        {
            http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = message.ReasonPhrase;
        }

        StringValues connection = message.Headers.NonValidated.TryGetValues("Connection", out HeaderStringValues named)
            ? ToStringValues(named)
            : default;
        CopyAll(message.Headers.NonValidated, connection, response.Headers);
        CopyAll(message.Content.Headers.NonValidated, connection, response.Headers);
        if (response.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent)
        {
            // RFC 9110 §8.6 and §15.3.6: no length where there is never content; a service that sends one must not break the answer.
            response.ContentLength = null;
        }
    }

    private void CopyAll(HttpHeadersNonValidated from, StringValues connection, IHeaderDictionary to)
    {
        foreach ((string name, HeaderStringValues values) in from)
        {
            if (HopByHop.Contains(name)
                || (connection.Count > 0 && HopByHop.IsNamed(connection, name))
                || (ownsCors && name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase))
                || name.Equals("X-Correlation-ID", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            to.Append(name, ToStringValues(values));
        }
    }

    private static StringValues ToStringValues(HeaderStringValues values)
    {
        if (values.Count == 1)
        {
            return new StringValues(values.ToString());
        }

        string[] all = new string[values.Count];
        int i = 0;
        foreach (string value in values)
        {
            all[i++] = value;
        }

        return all;
    }
}
