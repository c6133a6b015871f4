using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Proxying;

/// <summary>Which headers the client gets of the service's response: all but those that end here and those the gateway writes itself.</summary>
/// <param name="ownsCors">Whether the gateway answers for CORS; then the service's own Access-Control headers are dropped.</param>
internal sealed class ResponseHeaders(bool ownsCors)
{
    /// <summary>Whether a response with this status never has content, whatever its headers say (RFC 9110 §6.4.1, §15.3.6).</summary>
    public static bool NeverHasBody(int status) =>
        status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified;

    /// <summary>Copies status, reason and headers.</summary>
    /// <returns>Why this cannot be an answer to a client, in a sentence; null when it was copied.</returns>
    public string? Copy(HttpResponseMessage message, HttpContext http)
    {
        // HttpClient keeps other interim responses to itself; 101 it hands over, though nobody asked for another protocol.
        if ((int)message.StatusCode < StatusCodes.Status200OK)
        {
            return "The response's status is not a final one.";
        }

        if (!HasValidLength(message))
        {
            return "The response's Content-Length is not a number.";
        }

        http.Response.StatusCode = (int)message.StatusCode;
        if (message.Version.Major == 1 && !string.IsNullOrEmpty(message.ReasonPhrase))
        {
            http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = message.ReasonPhrase;
        }

        try
        {
            CopyAll(message, http.Response.Headers);
            return null;
        }
        catch (InvalidOperationException)
        {
            // HttpClient reads control characters, the server writes none.
            return "A header of the response has a control character.";
        }
    }

    /// <summary>
    /// Whether the length that the service claims can be one. RFC 9112 §6.3: an invalid Content-Length makes the framing unknowable;
    /// HttpClient reads on until the connection ends, and a client would be told a length that does not hold.
    /// </summary>
    private static bool HasValidLength(HttpResponseMessage message) =>
        message.Content.Headers.ContentLength is not null
        || !message.Content.Headers.NonValidated.Contains("Content-Length");

    private void CopyAll(HttpResponseMessage message, IHeaderDictionary to)
    {
        StringValues connection = message.Headers.NonValidated.TryGetValues("Connection", out HeaderStringValues named)
            ? ToStringValues(named)
            : default;
        CopyAll(message.Headers.NonValidated, connection, to);
        CopyAll(message.Content.Headers.NonValidated, connection, to);
        to.Append("Via", message.Version switch
        {
            { Major: 1, Minor: 0 } => "1.0 gateway",
            { Major: 1 } => "1.1 gateway",
            { Major: 2 } => "2.0 gateway",
            _ => "3.0 gateway",
        });

        // RFC 9112 §6.3: chunks override a length, and who passes the message on removes it. Status 304 alone may keep the length
        // of what it stands for; for the others without content the server would wait for its bytes.
        int status = (int)message.StatusCode;
        if (message.Headers.TransferEncodingChunked == true || (NeverHasBody(status) && status != StatusCodes.Status304NotModified))
        {
            to.ContentLength = null;
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
