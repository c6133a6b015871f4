using System.Net;
using Gateway.Core.Cors;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Spec;

public sealed class CorsConfigurationTests : IAsyncLifetime
{
    private TestInstance _service = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _service = await TestInstance.StartEchoAsync();
        CorsOptions cors = ConfigurationFiles.Load(ConfigurationFiles.ContractExample).Configuration!.Gateway.Cors!;
        _gateway = await TestGateway.StartAsync(TestOptions.For(_service.Url) with { Cors = cors });
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Theory]
    [InlineData("https://projectzero.com")]
    [InlineData("https://admin.projectzero.com")]
    public async Task AllowedOrigin_MayCallWithCredentials(string origin)
    {
        using HttpResponseMessage preflight = await PreflightAsync(origin, "GET");
        using HttpResponseMessage response = await _gateway.GetAsync("/", ("Origin", origin));

        foreach (HttpResponseMessage answer in new[] { preflight, response })
        {
            answer.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal(origin);
            answer.Headers.GetValues("Access-Control-Allow-Credentials").Should().Equal("true");
        }
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task AllowedMethod_IsGrantedForFiveMinutes(string method)
    {
        using HttpResponseMessage preflight = await PreflightAsync("https://projectzero.com", method, "Content-Type, Authorization, X-Correlation-ID");

        preflight.StatusCode.Should().Be(HttpStatusCode.NoContent);
        string.Join(',', preflight.Headers.GetValues("Access-Control-Allow-Methods")).Split(',', StringSplitOptions.TrimEntries).Should().Contain(method);
        string.Join(',', preflight.Headers.GetValues("Access-Control-Allow-Headers")).Split(',', StringSplitOptions.TrimEntries)
            .Should().BeEquivalentTo("Content-Type", "Authorization", "X-Correlation-ID");
        preflight.Headers.GetValues("Access-Control-Max-Age").Should().Equal("300");
        _service.Requests.Should().Be(0);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("https://projectzero.com.evil.example")]
    [InlineData("http://projectzero.com")]
    [InlineData("http://localhost:3000")]
    [InlineData("null")]
    public async Task OtherOrigin_IsGrantedNothing(string origin)
    {
        using HttpResponseMessage preflight = await PreflightAsync(origin, "GET");

        preflight.Headers.Select(static header => header.Key).Should().NotContain(static name => name.StartsWith("Access-Control-"));
    }

    [Fact]
    public void DevelopersOrigin_IsLegalButWarnedOf()
    {
        ConfigurationFiles.ExpectWarnings(
            """{ "Gateway": { "Cors": { "AllowedOrigins": [ §"http://localhost:3000" ], "AllowCredentials": true } } }""",
            "Gateway:Cors:AllowedOrigins:0: 'http://localhost:3000' is not encrypted, so whoever can answer in its place may call with the user's credentials");
    }

    private Task<HttpResponseMessage> PreflightAsync(string origin, string method, string? headers = null) => _gateway.SendAsync(
        HttpMethod.Options, "/", null,
        [("Origin", origin), ("Access-Control-Request-Method", method), .. headers is null ? [] : new[] { ("Access-Control-Request-Headers", headers) }]);
}
