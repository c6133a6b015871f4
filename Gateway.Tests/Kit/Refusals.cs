using System.Net;
using System.Text.Json;

namespace Gateway.Tests.Kit;

/// <summary>What an answer must be when the gateway says no.</summary>
internal static class Refusals
{
    /// <summary>The answer is a problem with this status and reason; returns it for what else it must hold.</summary>
    public static async Task<HttpResponseMessage> ShouldBeRefusedAsync(this Task<HttpResponseMessage> answer, HttpStatusCode status, string reason)
    {
        HttpResponseMessage response = await answer;
        string body = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(status, "the answer is {0}", body);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        JsonElement.Parse(body).GetProperty("reason").GetString().Should().Be(reason);
        return response;
    }

    /// <summary>The answer is 200; returns its body.</summary>
    public static async Task<string> ShouldBeOkAsync(this Task<HttpResponseMessage> answer)
    {
        using HttpResponseMessage response = await answer;
        string body = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(HttpStatusCode.OK, "the answer is {0}", body);
        return body;
    }
}
