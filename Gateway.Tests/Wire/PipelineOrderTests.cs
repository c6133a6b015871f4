using System.Net;
using System.Text.Json;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Core.Cors;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Wire;

/// <summary>The order of CONTRACT §3 as seen from outside: for a request with two faults, the earlier stage answers.</summary>
public sealed class PipelineOrderTests : IAsyncLifetime
{
    private TestInstance _service = null!;
    private TestInstance _auth = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _service = await TestInstance.StartEchoAsync();
        _auth = await TestInstance.StartAsync(async http =>
        {
            using JsonDocument asked = await JsonDocument.ParseAsync(http.Request.Body);
            string token = asked.RootElement.GetProperty("token").GetString()!;
            http.Response.StatusCode = token switch { "broken" => 500, "bad" => 401, _ => 200 };
            await http.Response.WriteAsync(
                $$"""{"user_id":"{{token}}","email":"a@b.c","roles":["{{(token == "boss" ? "admin" : "customer")}}"],"scopes":["read"],"tier":"gold"}""");
        });
        GatewayOptions options = TestOptions.For(_service.Url).WithRoutes(
            ("open", TestOptions.AnyPath with { Pattern = "/open/{**rest}", Methods = ["GET"] }),
            ("private", TestOptions.AnyPath with { Pattern = "/private/{**rest}", Auth = RouteAuth.Required, RateLimits = ["few-per-user"] }),
            ("narrow", TestOptions.AnyPath with { Pattern = "/narrow", RateLimits = ["one-per-ip"], Auth = RouteAuth.Required }),
            ("admin", TestOptions.AnyPath with { Pattern = "/admin", Auth = RouteAuth.Required, Require = new RequireOptions { Roles = ["admin"] } }),
            ("maybe", TestOptions.AnyPath with { Pattern = "/maybe", Auth = RouteAuth.Optional }));
        _gateway = await TestGateway.StartAsync(options with
        {
            Auth = new AuthOptions { ServiceUrl = _auth.Url, SkipPaths = ["/skipped/**"] },
            RateLimits = new Dictionary<string, RateLimitPolicyOptions>
            {
                ["few-per-user"] = new() { Key = RateLimitKeyKind.User, Capacity = 2, RefillPerSecond = 0.001 },
                ["one-per-ip"] = new() { Key = RateLimitKeyKind.Ip, Capacity = 1, RefillPerSecond = 0.001 },
            },
            Cors = new CorsOptions { AllowedOrigins = ["https://shop.example", "https://admin.example"], AllowCredentials = true },
        });
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _service.DisposeAsync();
        await _auth.DisposeAsync();
    }

    [Fact]
    public async Task UnknownPathWithoutAToken_Is401NotFoundOnlyWithOne()
    {
        await ExpectAsync(HttpStatusCode.Unauthorized, "token_missing", "/nowhere");
        await ExpectAsync(HttpStatusCode.NotFound, "no_route", "/nowhere", "alice");
        await ExpectAsync(HttpStatusCode.NotFound, "no_route", "/skipped/x");
    }

    [Fact]
    public async Task BadToken_Is401AndBrokenAuthServiceIs503WithRetryAfter()
    {
        using HttpResponseMessage missing = await ExpectAsync(HttpStatusCode.Unauthorized, "token_missing", "/private/");
        using HttpResponseMessage invalid = await ExpectAsync(HttpStatusCode.Unauthorized, "token_invalid", "/private/", "bad");
        using HttpResponseMessage unknown = await ExpectAsync(HttpStatusCode.ServiceUnavailable, "auth_unavailable", "/private/", "broken");

        missing.Headers.WwwAuthenticate.ToString().Should().Be("Bearer");
        invalid.Headers.WwwAuthenticate.ToString().Should().Be("Bearer error=\"invalid_token\"");
        unknown.Headers.RetryAfter!.Delta.Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        _service.Requests.Should().Be(0);
    }

    [Fact]
    public async Task ValidToken_BringsTheUserToTheServiceInPlaceOfForgedHeaders()
    {
        using HttpResponseMessage response = await _gateway.GetAsync("/private/", ("Authorization", "Bearer alice"), ("X-User-ID", "mallory"));

        string seen = await response.Content.ReadAsStringAsync();
        seen.Should().Contain("X-User-ID: alice").And.Contain("X-User-Roles: customer").And.Contain("X-User-Tier: gold").And.NotContain("mallory");
    }

    [Fact]
    public async Task CookieToken_IsTakenWhenThereIsNoAuthorization()
    {
        using HttpResponseMessage response = await _gateway.GetAsync("/private/", ("Cookie", "a=b; access_token=carol; c=d"));

        (await response.Content.ReadAsStringAsync()).Should().Contain("X-User-ID: carol");
    }

    [Fact]
    public async Task OptionalAuth_PassesWithoutATokenAndChecksOneThatIsThere()
    {
        using HttpResponseMessage anonymous = await _gateway.GetAsync("/maybe");
        using HttpResponseMessage known = await _gateway.GetAsync("/maybe", ("Authorization", "Bearer alice"));
        using HttpResponseMessage invalid = await _gateway.GetAsync("/maybe", ("Authorization", "Bearer bad"));

        (await anonymous.Content.ReadAsStringAsync()).Should().NotContain("X-User-ID");
        (await known.Content.ReadAsStringAsync()).Should().Contain("X-User-ID: alice");
        invalid.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task MissingRole_Is403()
    {
        using HttpResponseMessage refused = await ExpectAsync(HttpStatusCode.Forbidden, "forbidden", "/admin", "alice");
        using HttpResponseMessage granted = await _gateway.GetAsync("/admin", ("Authorization", "Bearer boss"));

        refused.Headers.WwwAuthenticate.ToString().Should().Be("Bearer error=\"insufficient_scope\"");
        granted.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task WrongMethod_Is405WithAllow()
    {
        using HttpResponseMessage response = await _gateway.SendAsync(HttpMethod.Delete, "/open/x", null);

        response.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        response.Content.Headers.Allow.Should().BeEquivalentTo("GET", "HEAD");
    }

    [Fact]
    public async Task UserLimit_ComesAfterAuthenticationAndCountsPerUser()
    {
        using HttpResponseMessage first = await _gateway.GetAsync("/private/", ("Authorization", "Bearer dave"));
        first.Headers.GetValues("RateLimit-Policy").Should().Equal("\"few-per-user\";q=2;w=2000");
        first.Headers.GetValues("RateLimit").Single().Should().StartWith("\"few-per-user\";r=1;t=");
        using HttpResponseMessage second = await _gateway.GetAsync("/private/", ("Authorization", "Bearer dave"));

        using HttpResponseMessage refused = await ExpectAsync(HttpStatusCode.TooManyRequests, "rate_limited", "/private/", "dave");
        refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds.Should().BeInRange(900, 1000);
        using HttpResponseMessage other = await _gateway.GetAsync("/private/", ("Authorization", "Bearer erin"));
        other.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task AddressLimit_ComesBeforeAuthentication()
    {
        await ExpectAsync(HttpStatusCode.Unauthorized, "token_missing", "/narrow");
        int asked = _auth.Requests;

        await ExpectAsync(HttpStatusCode.TooManyRequests, "rate_limited", "/narrow", "fresh-token");
        _auth.Requests.Should().Be(asked);
    }

    [Fact]
    public async Task Preflight_IsAnsweredWithoutTokenRouteOrLimit()
    {
        using HttpResponseMessage response = await _gateway.SendAsync(
            HttpMethod.Options, "/private/", null, ("Origin", "https://shop.example"), ("Access-Control-Request-Method", "PUT"));

        response.StatusCode.Should().Be(HttpStatusCode.NoContent);
        response.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("https://shop.example");
        response.Headers.GetValues("Access-Control-Allow-Credentials").Should().Equal("true");
        response.Headers.GetValues("Access-Control-Max-Age").Should().Equal("300");
        response.Headers.Contains("X-Correlation-ID").Should().BeTrue();
        _service.Requests.Should().Be(0);
    }

    [Fact]
    public async Task CorsHeaders_StandOnErrorsTooAndOnlyForAllowedOrigins()
    {
        using HttpResponseMessage allowed = await _gateway.GetAsync("/private/", ("Origin", "https://shop.example"));
        using HttpResponseMessage other = await _gateway.GetAsync("/open/", ("Origin", "https://evil.example"));

        allowed.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        allowed.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("https://shop.example");
        allowed.Headers.Vary.Should().Contain("Origin");
        other.Headers.Contains("Access-Control-Allow-Origin").Should().BeFalse();
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task HealthPaths_AnswerWithoutAToken(string path)
    {
        using HttpResponseMessage response = await _gateway.GetAsync(path);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Headers.Contains("X-Correlation-ID").Should().BeTrue();
    }

    [Fact]
    public async Task AdminPaths_AreNotOnThePublicPort()
    {
        using HttpResponseMessage metrics = await _gateway.GetAsync("/metrics", ("Authorization", "Bearer alice"));
        using HttpResponseMessage admin = await _gateway.GetAsync("/admin/v1/info", ("Authorization", "Bearer alice"));

        metrics.StatusCode.Should().Be(HttpStatusCode.NotFound);
        admin.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    private async Task<HttpResponseMessage> ExpectAsync(HttpStatusCode status, string reason, string path, string? token = null)
    {
        HttpResponseMessage response = await _gateway.GetAsync(path, token is null ? [] : [("Authorization", $"Bearer {token}")]);
        response.StatusCode.Should().Be(status);
        (await response.Content.ReadAsStringAsync()).Should().Contain($"\"reason\":\"{reason}\"");
        return response;
    }
}
