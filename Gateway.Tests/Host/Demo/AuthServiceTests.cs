using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Host.Demo;

public sealed class AuthServiceTests
{
    [Fact]
    public async Task Verify_OfAValidToken_IsTheUser()
    {
        await using RunningDemoService service = await StartAsync();
        (HttpStatusCode status, JsonElement json, _) = await service.SendAsync("POST", "/verify", """{"token":"demo-bob-gold"}""");
        status.Should().Be(HttpStatusCode.OK);
        json.GetRawText().Should().Be(
            """{"user_id":"bob","email":"bob@demo.invalid","roles":["customer"],"scopes":[],"tier":"gold"}""");
    }

    [Theory]
    [InlineData("""{"token":"demo-expired"}""")]
    [InlineData("""{"token":"nobody's"}""")]
    [InlineData("""{"token":null}""")]
    [InlineData("{}")]
    public async Task Verify_OfAnInvalidToken_Is401(string body)
    {
        await using RunningDemoService service = await StartAsync();
        (await service.SendAsync("POST", "/verify", body)).Status.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Login_GivesATokenThatVerifiesUntilItExpires()
    {
        var clock = new FakeTimeProvider();
        await using RunningDemoService service = await StartAsync(clock);
        string token = await LoginAsync(service);
        JsonElement user = (await service.SendAsync("POST", "/verify", $$"""{"token":"{{token}}"}""")).Json;
        user.GetProperty("user_id").GetString().Should().Be("alice");
        user.GetProperty("expires_at").GetInt64().Should().Be((clock.GetUtcNow() + DemoSessions.Lifetime).ToUnixTimeSeconds());

        clock.Advance(DemoSessions.Lifetime);
        (await service.SendAsync("POST", "/verify", $$"""{"token":"{{token}}"}""")).Status.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Login_SetsTheCookieThatTheGatewayReads()
    {
        await using RunningDemoService service = await StartAsync();
        HttpResponseHeaders headers = (await service.SendAsync("POST", "/auth/login", Credentials("alice-demo-only"))).Headers;
        headers.GetValues("Set-Cookie").Should().ContainSingle().Which.Should().StartWith("access_token=demo-").And.Contain("httponly");
    }

    [Fact]
    public async Task Login_WithAWrongPassword_Is401()
    {
        await using RunningDemoService service = await StartAsync();
        (await service.SendAsync("POST", "/login", Credentials("guess"))).Status.Should().Be(HttpStatusCode.Unauthorized);
        (await service.SendAsync("POST", "/login", "{}")).Status.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Logout_RevokesTheBearerToken()
    {
        await using RunningDemoService service = await StartAsync();
        string token = await LoginAsync(service);
        (await service.SendAsync("POST", "/auth/logout", token: token)).Status.Should().Be(HttpStatusCode.NoContent);
        (await service.SendAsync("POST", "/verify", $$"""{"token":"{{token}}"}""")).Status.Should().Be(HttpStatusCode.Unauthorized);
        (await service.SendAsync("POST", "/logout", token: token)).Status.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Logout_RevokesTheTokenInTheBody()
    {
        await using RunningDemoService service = await StartAsync();
        (await service.SendAsync("POST", "/logout", """{"token":"demo-alice"}""")).Status.Should().Be(HttpStatusCode.NoContent);
        (await service.SendAsync("POST", "/verify", """{"token":"demo-alice"}""")).Status.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Verify_IsNotUnderThePathThatCallersReach()
    {
        await using RunningDemoService service = await StartAsync();
        (await service.SendAsync("POST", "/auth/verify", """{"token":"demo-alice"}""")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    private static Task<RunningDemoService> StartAsync(TimeProvider? clock = null) =>
        RunningDemoService.StartAsync(new AuthService(new DemoSessions(clock ?? TimeProvider.System)).Map, clock);

    private static string Credentials(string password) => $$"""{"username":"alice","password":"{{password}}"}""";

    private static async Task<string> LoginAsync(RunningDemoService service)
    {
        (HttpStatusCode status, JsonElement json, _) = await service.SendAsync("POST", "/login", Credentials("alice-demo-only"));
        status.Should().Be(HttpStatusCode.OK);
        return json.GetProperty("data").GetProperty("access_token").GetString()!;
    }
}
