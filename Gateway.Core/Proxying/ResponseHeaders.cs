using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Proxying;

/// <summary>Which headers the client gets of the service's response: all but those that end here and those the gateway writes itself.</summary>
/// <param name="ownsCors">Whether the gateway answers for CORS; then the service's own Access-Control headers are dropped.</param>
internal sealed class ResponseHeaders(bool ownsCors)
{
    /// <summary>Copies status and headers. False when the answer has one that no client could be sent, so that it is no valid answer.</summary>
    public bool TryCopy(HttpResponseMessage message, HttpContext http)
    {
        try
        {
            Copy(message, http);
            return HasValidLength(message);
        }
        catch (Exception invalid) when (invalid is InvalidOperationException or ArgumentException)
        {
            // Kestrel's judgement of a header's name or value.
            return false;
        }
    }

    /// <summary>
    /// Whether the length that the service claims can be one. RFC 9112 §6.3: an invalid Content-Length, or several, make the framing
    /// unknowable; HttpClient reads on until the connection ends, and a client would be told a length that does not hold.
    /// </summary>
    private static bool HasValidLength(HttpResponseMessage message) =>
        !message.Content.Headers.NonValidated.TryGetValues("Content-Length", out HeaderStringValues values)
        || (values.Count == 1 && message.Content.Headers.ContentLength is not null);

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

    /// <summary>Whether a field, of the head or after the body, is not for the client.</summary>
    public bool EndsHere(string name) =>
        HopByHop.Contains(name)
        || (ownsCors && name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase))
        || name.Equals("X-Correlation-ID", StringComparison.OrdinalIgnoreCase);

    private void CopyAll(HttpHeadersNonValidated from, StringValues connection, IHeaderDictionary to)
    {
        foreach ((string name, HeaderStringValues values) in from)
        {
            if (EndsHere(name) || (connection.Count > 0 && HopByHop.IsNamed(connection, name)))
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
