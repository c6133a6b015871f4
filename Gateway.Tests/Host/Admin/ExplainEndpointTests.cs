using System.Text;
using System.Text.Json;
using Gateway.Host.Admin;
using Gateway.Host.Configuration;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Admin;

public sealed class ExplainEndpointTests
{
    private HostConfiguration _inForce = ConfigurationFiles.Load(ConfigurationFiles.ContractExample).Configuration!;

    [Fact]
    public async Task Question_IsAnsweredAsByTheCommand()
    {
        (int status, string? type, string body) = await AskAsync("""{"method":"HEAD","url":"http://h/api/products/1?x","headers":{"X-A":"1"}}""");
        (status, type).Should().Be((200, "application/json"));
        using JsonDocument json = JsonDocument.Parse(body);
        json.RootElement.GetProperty("route").GetProperty("name").GetString().Should().Be("products");
        json.RootElement.GetProperty("text").GetString().Should().Contain("products").And.Contain("\n");
        json.RootElement.GetProperty("request").GetProperty("method").GetString().Should().Be("HEAD");
    }

    [Fact]
    public async Task MethodAndHeaders_MayBeLeftOut() =>
        (await AskAsync("""{"url":"/api/products/1"}""")).Body.Should().Contain("\"method\": \"GET\"");

    [Fact]
    public async Task ConfigurationThatFollows_IsAsked()
    {
        var endpoint = new ExplainEndpoint(() => _inForce);
        (await AskAsync("""{"url":"/other"}""", endpoint: endpoint)).Body.Should().Contain("no_route");

        _inForce = ConfigurationFiles.Load(ConfigurationFiles.ContractExample.Replace("/api/products/{**rest}", "/api/{**rest}", StringComparison.Ordinal)
            .Replace("GET /api/products/42", "GET /api/x", StringComparison.Ordinal)).Configuration!;

        (await AskAsync("""{"url":"/api/other"}""", endpoint: endpoint)).Body.Should().Contain("\"sent_on\": true");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"url":""}""")]
    [InlineData("""{"url":"nowhere"}""")]
    [InlineData("""{"url":"/","method":"G T"}""")]
    [InlineData("""{"url":"/","methd":"GET"}""")]
    [InlineData("""{"url":"/","url":"/a"}""")]
    [InlineData("""{"url":"/","headers":{"A":null}}""")]
    [InlineData("""{"url":"/","headers":{"A B":"x"}}""")]
    [InlineData("""{"url":7}""")]
    public async Task BodyThatIsNoQuestion_Is400(string body)
    {
        (int status, string? type, string text) = await AskAsync(body);
        (status, type).Should().Be((400, "application/problem+json"));
        text.Should().Contain("\"status\":400");
    }

    [Fact]
    public async Task OtherContent_Is415() =>
        (await AskAsync("""{"url":"/"}""", contentType: "text/plain")).Status.Should().Be(415);

    /// <summary>Over a real server, which counts the bytes.</summary>
    [Fact]
    public async Task LongestBody_IsTaken_LongerOneIs413()
    {
        await using TestInstance server = await TestInstance.StartAsync(new ExplainEndpoint(() => _inForce).InvokeAsync);
        using HttpMessageInvoker client = TestGateway.NewClient();
        const string Question = """{"url":"/api/products/1"}""";
        (await SendAsync(client, server.Url, Question + new string(' ', ExplainEndpoint.MaxBody - Question.Length))).Should().Be(200);
        (await SendAsync(client, server.Url, Question + new string(' ', ExplainEndpoint.MaxBody - Question.Length + 1))).Should().Be(413);
    }

    private static async Task<int> SendAsync(HttpMessageInvoker client, string url, string body)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using HttpResponseMessage answer = await client.SendAsync(message, CancellationToken.None);
        return (int)answer.StatusCode;
    }

    private async Task<(int Status, string? Type, string Body)> AskAsync(
        string body, string method = "POST", string contentType = "application/json", ExplainEndpoint? endpoint = null)
    {
        using var exchange = new FakeExchange(method, "/admin/v1/explain");
        exchange.Http.Request.ContentType = contentType;
        exchange.Http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        await (endpoint ?? new ExplainEndpoint(() => _inForce)).InvokeAsync(exchange.Http);
        return (exchange.Http.Response.StatusCode, exchange.Http.Response.ContentType, exchange.Written);
    }
}
