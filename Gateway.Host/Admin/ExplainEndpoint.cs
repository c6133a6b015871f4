using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Host.Configuration;
using Gateway.Host.Explaining;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Host.Admin;

/// <summary>What <c>POST /admin/v1/explain</c> takes.</summary>
internal sealed class ExplainBody
{
    /// <summary>Default GET.</summary>
    public string? Method { get; init; }

    /// <summary>A path that begins with a slash, or an http or https URL. Required.</summary>
    public string? Url { get; init; }

    /// <summary>By name. Default none.</summary>
    public Dictionary<string, string>? Headers { get; init; }
}

/// <summary>Unknown members are refused: one that is misspelt must not look as if it had been heeded.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ExplainBody))]
internal sealed partial class ExplainJson : JsonSerializerContext;

/// <summary><c>POST /admin/v1/explain</c>: what <c>gateway explain</c> says, by the configuration in force. Changes nothing, and so needs no token.</summary>
/// <param name="inForce">Yields the configuration in force; the same object until another is.</param>
internal sealed class ExplainEndpoint(Func<HostConfiguration> inForce)
{
    public const string Path = "/admin/v1/explain";

    /// <summary>Bytes.</summary>
    internal const int MaxBody = 64 * 1024;

    private const string Form = """{"method":"GET","url":"/path","headers":{"Name":"value"}}""";

    /// <summary>Made once for each configuration: thousands of routes take a moment.</summary>
    private volatile Known? _known;

    public async Task InvokeAsync(HttpContext http)
    {
        if (Refuses(http) is { } refusal)
        {
            await refusal.WriteAsync(http);
            return;
        }

        (ExplainRequest? request, AdminProblem? problem) = await ReadAsync(http);
        if (request is null)
        {
            await problem!.WriteAsync(http);
            return;
        }

        Explanation explanation = ExplainerInForce().Explain(request);
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.Body.WriteAsync(explanation.ToJson());
    }

    private Explainer ExplainerInForce()
    {
        HostConfiguration configuration = inForce();
        Known? known = _known;
        if (known is null || !ReferenceEquals(known.Configuration, configuration))
        {
            _known = known = new Known(configuration, new Explainer(configuration));
        }

        return known.Explainer;
    }

    private static AdminProblem? Refuses(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.Headers.Allow = HttpMethods.Post;
            return AdminProblem.Of(StatusCodes.Status405MethodNotAllowed, "Only POST explains.");
        }

        return http.Request.HasJsonContentType() ? null
            : AdminProblem.Of(StatusCodes.Status415UnsupportedMediaType, "The body is to be application/json.");
    }

    private static async Task<(ExplainRequest? Request, AdminProblem? Problem)> ReadAsync(HttpContext http)
    {
        try
        {
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            {
                limit.MaxRequestBodySize = MaxBody;
            }

            ExplainBody? body = await JsonSerializer.DeserializeAsync(http.Request.Body, ExplainJson.Default.ExplainBody, http.RequestAborted);
            if (body?.Url is not { Length: > 0 } url || body.Headers?.ContainsValue(null!) == true)
            {
                return (null, AdminProblem.Of(StatusCodes.Status400BadRequest, $"Write {Form}; only the url is required."));
            }

            ExplainRequest? request = ExplainRequest.Parse(body.Method ?? HttpMethods.Get, url, body.Headers ?? [], out string? problem);
            return (request, request is null ? AdminProblem.Of(StatusCodes.Status400BadRequest, $"The request cannot be sent: {problem}.") : null);
        }
        catch (BadHttpRequestException failure) when (failure.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, AdminProblem.Of(failure.StatusCode, $"The body has more than {MaxBody} bytes."));
        }
        catch (JsonException)
        {
            // What it says repeats what was sent.
            return (null, AdminProblem.Of(StatusCodes.Status400BadRequest, $"The body is not JSON of the form {Form}."));
        }
    }

    private sealed record Known(HostConfiguration Configuration, Explainer Explainer);
}
