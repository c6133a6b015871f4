using System.Text.Json.Serialization;
using Gateway.Host.Configuration;
using Gateway.Host.Explaining;

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
    /// <summary>Bytes.</summary>
    internal const int MaxBody = 64 * 1024;

    private const string Form = """{"method":"GET","url":"/path","headers":{"Name":"value"}}""";

    private readonly OncePerConfiguration<Explainer> _explainer = new(inForce, static configuration => new Explainer(configuration));

    public async Task InvokeAsync(HttpContext http)
    {
        (ExplainBody? body, AdminProblem? problem) = await AdminBody.ReadAsync(http, ExplainJson.Default.ExplainBody, MaxBody, $"Write {Form}; only the url is required.");
        if (body is null || RequestOf(body, out problem) is not { } request)
        {
            await problem!.WriteAsync(http);
            return;
        }

        await AdminAnswer.WriteAsync(http, (await _explainer.GetAsync()).Explain(request).ToJson());
    }

    private static ExplainRequest? RequestOf(ExplainBody body, out AdminProblem? problem)
    {
        if (body.Url is not { Length: > 0 } url || body.Headers?.ContainsValue(null!) == true)
        {
            problem = AdminProblem.Of(StatusCodes.Status400BadRequest, $"Write {Form}; only the url is required.");
            return null;
        }

        ExplainRequest? request = ExplainRequest.Parse(body.Method ?? HttpMethods.Get, url, body.Headers ?? [], out string? fault);
        problem = request is null ? AdminProblem.Of(StatusCodes.Status400BadRequest, $"The request cannot be sent: {fault}.") : null;
        return request;
    }
}
