using System.Net;
using System.Text;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Host.Admin;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Admin;

/// <summary>Over real sockets, at the admin port of a gateway that has a token.</summary>
public sealed class RevokeEndpointTests : IAsyncLifetime
{
    private const string Token = "admin-token-0123456789", Path = "/admin/v1/auth/revoke";

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
    private string _judgement = TestAuthService.User("alice");
    private TestAuthService _auth = null!;
    private TestInstance _instance = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        string file = System.IO.Path.Combine(_folder, "token");
        await File.WriteAllTextAsync(file, Token + "\n");
        _auth = await TestAuthService.StartAsync(_ => Volatile.Read(ref _judgement));
        _instance = await TestInstance.StartAsync(static _ => Task.CompletedTask);
        _gateway = await TestGateway.StartAdministeredAsync(Options(_auth.Url), file);
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _instance.DisposeAsync();
        await _auth.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("""{"token":"t"}""", "token")]
    [InlineData("""{"user":"alice"}""", "user")]
    public async Task Revoked_IsAskedAboutAgainAndLogged(string body, string what)
    {
        (await UseAsync()).Should().Be(HttpStatusCode.OK);
        Volatile.Write(ref _judgement, "");
        (await UseAsync()).Should().Be(HttpStatusCode.OK, "it is cached");

        (await RevokeAsync(body)).Should().Be((200, "application/json",
            $$"""{"revoked":"{{what}}","reached":"here","result":"The {{what}} is revoked at this gateway; others that share its store learn of it when that is back."}"""));

        (await UseAsync()).Should().Be(HttpStatusCode.Unauthorized);
        await RealTime.UntilAsync(() => _gateway.LogLines.Any(static line => line.ToString().Contains("Revoked a ")), TimeSpan.FromSeconds(10));
        string line = _gateway.LogLines.Select(static line => line.ToString()).Should().ContainSingle(static line => line.Contains("Revoked a ")).Subject;
        line.Should().NotContain("\"t\"").And.NotContain(Token);
        (await _gateway.ScrapeAsync()).Should().Contain("gateway_auth_revocations_total{source=\"admin\"} 1");
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"token":""}""")]
    [InlineData("""{"token":"a b"}""")]
    [InlineData("""{"token":"t","user":"u"}""")]
    [InlineData("""{"token":"t","token":"u"}""")]
    [InlineData("""{"usr":"u"}""")]
    [InlineData("""{"user":7}""")]
    public async Task BodyThatIsNeither_Is400(string body)
    {
        (int status, string? type, string text) = await RevokeAsync(body);
        (status, type).Should().Be((400, "application/problem+json"));
        text.Should().Contain("\"status\":400");
    }

    [Fact]
    public async Task LongestToken_IsTaken_LongerBodyIs413()
    {
        (await RevokeAsync($$"""{"token":"{{new string('a', 8192)}}"}""")).Status.Should().Be(200);
        (await RevokeAsync($$"""{"token":"{{new string('a', 8193)}}"}""")).Status.Should().Be(400);
        (await RevokeAsync(new string(' ', RevokeEndpoint.MaxBody) + "{}")).Status.Should().Be(413);
    }

    [Fact]
    public async Task WithoutTheAdminToken_NothingIsRevoked()
    {
        (await RevokeAsync("""{"user":"alice"}""", token: null)).Status.Should().Be(401);
        (await RevokeAsync("""{"user":"alice"}""", token: "t")).Status.Should().Be(401);
        (await RevokeAsync("""{"user":"alice"}""", origin: "http://page.example")).Status.Should().Be(403);
        (await _gateway.ScrapeAsync()).Should().Contain("gateway_auth_revocations_total{source=\"admin\"} 0");
    }

    [Fact]
    public async Task OtherContent_Is415_OtherMethodsAre405()
    {
        (await RevokeAsync("token=t", type: "application/x-www-form-urlencoded")).Status.Should().Be(415);
        using HttpResponseMessage answer = await _gateway.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, new Uri(_gateway.Admin, Path)), CancellationToken.None);
        answer.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        answer.Content.Headers.Allow.Should().Equal("POST");
    }

    [Fact]
    public async Task PublicPort_KnowsNothingOfIt()
    {
        using HttpResponseMessage answer = await _gateway.SendAsync(
            HttpMethod.Post, Path, new StringContent("""{"user":"alice"}""", Encoding.UTF8, "application/json"), ("Authorization", $"Bearer {Token}"));
        (await _gateway.ScrapeAsync()).Should().Contain("gateway_auth_revocations_total{source=\"admin\"} 0");
    }

    [Fact]
    public async Task NobodyToAsk_Is409()
    {
        await using TestGateway anonymous = await TestGateway.StartAdministeredAsync(TestOptions.For(_instance.Url), System.IO.Path.Combine(_folder, "token"));
        (await RevokeAsync("""{"user":"alice"}""", gateway: anonymous)).Status.Should().Be(409);
    }

    private GatewayOptions Options(string auth) => TestOptions.For(_instance.Url).WithRoute(TestOptions.AnyPath with { Auth = RouteAuth.Required }) with
    {
        Auth = new AuthOptions { ServiceUrl = auth },
    };

    private async Task<HttpStatusCode> UseAsync()
    {
        using HttpResponseMessage response = await _gateway.GetAsync("/x", ("Authorization", "Bearer t"));
        return response.StatusCode;
    }

    private async Task<(int Status, string? Type, string Body)> RevokeAsync(
        string body, string? token = Token, string type = "application/json", string? origin = null, TestGateway? gateway = null)
    {
        gateway ??= _gateway;
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Admin, Path)) { Content = new StringContent(body, Encoding.UTF8, type) };
        if (token is not null)
        {
            message.Headers.Add("Authorization", $"Bearer {token}");
        }

        if (origin is not null)
        {
            message.Headers.Add("Origin", origin);
        }

        using HttpResponseMessage answer = await gateway.Client.SendAsync(message, CancellationToken.None);
        return ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync());
    }
}
