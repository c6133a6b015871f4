using System.Net;
using System.Text.Json;

namespace Gateway.Tests.Kit;

/// <summary>Answers that the gateway makes itself.</summary>
internal static class Problems
{
    /// <summary>The word of the error table in a problem's body.</summary>
    public static async Task<string> ReasonOfAsync(HttpResponseMessage response)
    {
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("reason").GetString()!;
    }

    /// <summary>The answer is a problem of this status and reason, with the request's correlation id, and is logged so.</summary>
    public static async Task<JsonElement> ExpectAsync(TestGateway gateway, HttpResponseMessage response, HttpStatusCode status, string reason)
    {
        using (response)
        {
            response.StatusCode.Should().Be(status);
            response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
            using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            JsonElement problem = json.RootElement.Clone();
            problem.GetProperty("reason").GetString().Should().Be(reason);
            problem.GetProperty("status").GetInt32().Should().Be((int)status);
            string id = problem.GetProperty("correlation_id").GetString()!;
            response.Headers.GetValues("X-Correlation-ID").Should().Equal(id);
            (await gateway.LogLineAsync(id)).GetProperty("error").GetString().Should().Be(reason);
            return problem;
        }
    }
}
