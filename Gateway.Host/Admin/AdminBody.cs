using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Host.Admin;

/// <summary>Reads what somebody sends to the admin port: JSON of a known form and a bounded length.</summary>
internal static class AdminBody
{
    /// <param name="http">The request.</param>
    /// <param name="type">Of the form.</param>
    /// <param name="most">Bytes.</param>
    /// <param name="form">The form in words, for whoever has sent something else.</param>
    /// <returns>The body, or what is wrong with it.</returns>
    public static async Task<(T? Body, AdminProblem? Problem)> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type, long most, string form)
        where T : class
    {
        if (!http.Request.HasJsonContentType())
        {
            return (null, AdminProblem.Of(StatusCodes.Status415UnsupportedMediaType, "The body is to be application/json."));
        }

        try
        {
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            {
                limit.MaxRequestBodySize = most;
            }

            return await JsonSerializer.DeserializeAsync(http.Request.Body, type, http.RequestAborted) is { } body
                ? (body, null) : (null, AdminProblem.Of(StatusCodes.Status400BadRequest, form));
        }
        catch (BadHttpRequestException failure) when (failure.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, AdminProblem.Of(failure.StatusCode, $"The body has more than {most} bytes."));
        }
        catch (BadHttpRequestException failure)
        {
            return (null, AdminProblem.Of(failure.StatusCode, "The body is not framed as HTTP says, or came too slowly."));
        }
        catch (JsonException)
        {
            // What it says repeats what was sent.
            return (null, AdminProblem.Of(StatusCodes.Status400BadRequest, form));
        }
    }
}
