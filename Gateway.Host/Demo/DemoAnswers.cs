using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gateway.Host.Demo;

/// <summary>The form of every answer: the resource, then what the service saw of the request.</summary>
internal sealed record DemoAnswer<T>(T Data, SeenByService SeenByService);

/// <summary>The form of every refusal.</summary>
/// <param name="Error">One sentence.</param>
/// <param name="SeenByService">What the service saw of the request.</param>
internal sealed record DemoRefusal(string Error, SeenByService SeenByService);

/// <summary>How one service reads requests and writes answers.</summary>
internal sealed class DemoAnswers(string service)
{
    public Task Ok<T>(HttpContext context, T data, JsonTypeInfo<DemoAnswer<T>> type) =>
        Write(context, StatusCodes.Status200OK, data, type);

    public Task Created<T>(HttpContext context, T data, JsonTypeInfo<DemoAnswer<T>> type) =>
        Write(context, StatusCodes.Status201Created, data, type);

    public Task Refuse(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        var refusal = new DemoRefusal(sentence, SeenByService.From(context, service));
        return context.Response.WriteAsJsonAsync(refusal, DemoJson.Default.DemoRefusal, cancellationToken: context.RequestAborted);
    }

    /// <summary>The calling user as the gateway says; null after a refusal, when no gateway stands in front.</summary>
    public async Task<string?> User(HttpContext context)
    {
        string? user = context.Request.Headers["X-User-ID"];
        if (!string.IsNullOrEmpty(user))
        {
            return user;
        }

        await Refuse(context, StatusCodes.Status401Unauthorized,
            "This service takes the user from X-User-ID, which the gateway sets; call it through the gateway.");
        return null;
    }

    /// <summary>The request's body; null after a refusal, when it does not read.</summary>
    public async Task<T?> Read<T>(HttpContext context, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            if (await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted) is { } body)
            {
                return body;
            }
        }
        catch (JsonException)
        {
            // Refused below, like a body that is null.
        }

        await Refuse(context, StatusCodes.Status400BadRequest, "The body is not the JSON object that this path takes.");
        return null;
    }

    private Task Write<T>(HttpContext context, int status, T data, JsonTypeInfo<DemoAnswer<T>> type)
    {
        context.Response.StatusCode = status;
        var answer = new DemoAnswer<T>(data, SeenByService.From(context, service));
        return context.Response.WriteAsJsonAsync(answer, type, cancellationToken: context.RequestAborted);
    }
}
