using System.Net.Http.Headers;
using Gateway.Core.Context;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Gateway.Core.Proxying;

/// <summary>Which headers the client gets of the service's response: all but those that end here and those the gateway writes itself.</summary>
/// <param name="ownsCors">Whether the gateway answers for CORS; then the service's own Access-Control headers are dropped.</param>
internal sealed class ResponseHeaders(bool ownsCors)
{
    private const string SetCookie = "Set-Cookie", Vary = "Vary";

    /// <summary>RFC 9110 §15: beyond it a status means nothing, and each would be a series of the metrics.</summary>
    private const int MaxStatus = 599;

    /// <summary>Whether a response with this status never has content, whatever its headers say (RFC 9110 §6.4.1, §15.3.6).</summary>
    public static bool NeverHasBody(int status) =>
        status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified;

    /// <summary>Copies status, reason and headers.</summary>
    /// <returns>Why this cannot be an answer to a client, in a sentence; null when it was copied.</returns>
    public string? Copy(HttpResponseMessage message, HttpContext http)
    {
        // HttpClient keeps other interim responses to itself; 101 it hands over, though nobody may have asked for another protocol.
        if ((int)message.StatusCode is < StatusCodes.Status200OK or > MaxStatus)
        {
            return "The response's status is not a final one.";
        }

        return CopyAccepted(message, http);
    }

    /// <summary>The same for an answer that ends HTTP on its connection: 101.</summary>
    public string? CopyAccepted(HttpResponseMessage message, HttpContext http)
    {
        if (FramingProblem(message) is { } problem)
        {
            return problem;
        }

        http.Response.StatusCode = (int)message.StatusCode;
        if (message.Version.Major == 1 && message.ReasonPhrase is { Length: > 0 } reason && !reason.AsSpan().ContainsAnyExceptInRange(' ', '~')
            && reason != ReasonPhrases.GetReasonPhrase((int)message.StatusCode))
        {
            http.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = reason;
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
    /// Why the response's framing cannot be trusted; null when it can (RFC 9112 §6.3). HttpClient is lenient here: of an invalid length
    /// or an unknown coding it makes a body that ends with the connection, and beside chunks it overlooks a length, which the
    /// client would then be told.
    /// </summary>
    private static string? FramingProblem(HttpResponseMessage message)
    {
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

    private void CopyAll(HttpResponseMessage message, IHeaderDictionary to)
    {
        StringValues connection = message.Headers.NonValidated.TryGetValues("Connection", out HeaderStringValues named)
            ? ToStringValues(named)
            : default;
        CopyAll(message.Headers.NonValidated, connection, to);
        CopyAll(message.Content.Headers.NonValidated, connection, to);
        to.Append("Via", message.Version switch
        {
            { Major: 1, Minor: 0 } => "1.0 " + GatewayContext.Pseudonym,
            { Major: 1 } => "1.1 " + GatewayContext.Pseudonym,
            { Major: 2 } => "2.0 " + GatewayContext.Pseudonym,
            _ => "3.0 " + GatewayContext.Pseudonym,
        });

        // Of the statuses without content, 304 alone may keep the length of what it stands for; for the others the server would wait for
        // its bytes.
        int status = (int)message.StatusCode;
        if (NeverHasBody(status) && status != StatusCodes.Status304NotModified)
        {
            to.ContentLength = null;
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

            // HttpClient has each name once, with all its values. Of what an application around the gateway has set, these two add up; the rest is
            // the service's to say.
            StringValues all = ToStringValues(values);
            to[name] = name.Length == SetCookie.Length && name.Equals(SetCookie, StringComparison.OrdinalIgnoreCase) ? StringValues.Concat(to.SetCookie, all)
                : name.Length == Vary.Length && name.Equals(Vary, StringComparison.OrdinalIgnoreCase) ? StringValues.Concat(to.Vary, all)
                : all;
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
