using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Embedding;

/// <summary>The gateway's policies in front of an application that is no gateway.</summary>
public sealed class GatewayPoliciesTests
{
    private static readonly AuthOptions Custom = new() { Mode = AuthMode.Custom };

    private static readonly TokenCheck OfAlice = static (token, _) => ValueTask.FromResult(
        token == "alice" ? TokenResult.Valid(new UserContext("alice", null, ["admin"], ["read"], "gold", null)) : TokenResult.Invalid);

    [Fact]
    public async Task Authentication_LetsInWhomItKnows_AndTellsTheApplication()
    {
        await using WebApplication application = await StartAsync(static app => app.UseGatewayAuthentication(Custom, check: OfAlice));

        (await GetAsync(application)).Should().Be((401, "token_missing"));
        (await GetAsync(application, ("Authorization", "Bearer bob"))).Should().Be((401, "token_invalid"));
        (await GetAsync(application, ("Authorization", "Bearer alice"))).Should().Be((200, "alice admin=True read=True gold"));
    }

    [Fact]
    public async Task OptionalAuthentication_LetsStrangersIn()
    {
        await using WebApplication application = await StartAsync(
            static app => app.UseGatewayAuthentication(Custom, RouteAuth.Optional, OfAlice));

        (await GetAsync(application)).Should().Be((200, " admin=False read=False "));
        (await GetAsync(application, ("Authorization", "Bearer bob"))).Should().Be((401, "token_invalid"));
    }

    [Fact]
    public async Task RateLimit_RefusesByAddress_AndGivesAgain()
    {
        var clock = new FakeTimeProvider();
        await using WebApplication application = await StartAsync(
            static app => app.UseGatewayRateLimit("per-ip", new RateLimitPolicyOptions { Capacity = 1, RefillPerSecond = 1 }), clock);

        (await GetAsync(application)).Status.Should().Be(200);
        (await GetAsync(application)).Should().Be((429, "rate_limited"));
        clock.Advance(TimeSpan.FromSeconds(1));
        (await GetAsync(application)).Status.Should().Be(200);
    }

    [Fact]
    public async Task RateLimitByUser_StandsBehindAuthentication_UnderOneCorrelationId()
    {
        await using WebApplication application = await StartAsync(static app => app
            .UseGatewayAuthentication(Custom, check: OfAlice)
            .UseGatewayRateLimit("per-user", new RateLimitPolicyOptions { Key = RateLimitKeyKind.User, Capacity = 1, RefillPerSecond = 0.001 }));

        (await GetAsync(application, ("Authorization", "Bearer alice"))).Status.Should().Be(200);
        using HttpResponseMessage refused = await SendAsync(application, ("Authorization", "Bearer alice"));

        ((int)refused.StatusCode).Should().Be(429);
        refused.Headers.Should().ContainKeys("Retry-After", "RateLimit", "RateLimit-Policy");
        (await refused.Content.ReadAsStringAsync()).Should().Contain(refused.Headers.GetValues("X-Correlation-ID").Single());
    }

    [Fact]
    public async Task RateLimitByAKeyOfTheApplication_IsAskedForIt()
    {
        await using WebApplication application = await StartAsync(static app => app.UseGatewayRateLimit(
            "per-tenant", new RateLimitPolicyOptions { Capacity = 1, RefillPerSecond = 0.001 }, static context => context.Http.Request.Headers["X-Tenant"]));

        var statuses = new List<int>();
        foreach (string tenant in new[] { "a", "b", "a" })
        {
            statuses.Add((await GetAsync(application, ("X-Tenant", tenant))).Status);
        }

        statuses.Should().Equal(200, 200, 429);
    }

    [Fact]
    public async Task PoliciesBeforeEachOther_AreAllToldInTheHeaders()
    {
        await using WebApplication application = await StartAsync(static app => app
            .UseGatewayRateLimit("outer", new RateLimitPolicyOptions { Capacity = 5, RefillPerSecond = 0.001 })
            .UseGatewayRateLimit("inner", new RateLimitPolicyOptions { Capacity = 1, RefillPerSecond = 0.001 }));

        using HttpResponseMessage passed = await SendAsync(application);
        using HttpResponseMessage refused = await SendAsync(application);

        Names(passed, "RateLimit-Policy").Should().Equal("outer", "inner");
        Names(passed, "RateLimit").Should().Equal("outer", "inner");
        Names(refused, "RateLimit").Should().Equal("outer", "inner");
        ((int)refused.StatusCode).Should().Be(429);

        static string[] Names(HttpResponseMessage answer, string header) =>
            [.. string.Join(',', answer.Headers.GetValues(header)).Split(',').Select(static item => item.Trim().Split(';')[0].Trim('"'))];
    }

    /// <summary>What the application serves is what is judged: the path that it has made of the one that was sent.</summary>
    [Theory]
    [InlineData("/public/x", 200)]
    [InlineData("/base/public/x", 200)]
    [InlineData("/base/%70ublic/x", 401)]
    [InlineData("/secret/x", 401)]
    [InlineData("/base/secret/x", 401)]
    [InlineData("/public/../secret/x", 401)]
    [InlineData("/public/rewritten/x", 401)]
    [InlineData("/base/public/rewritten/x", 401)]
    [InlineData("/old/x", 200)]
    public async Task SkipPaths_AreThoseOfTheApplication(string target, int status)
    {
        await using WebApplication application = await StartAsync(static app => app
            .UsePathBase("/base")
            .Use(static next => http =>
            {
                http.Request.Path = http.Request.Path.Value switch
                {
                    "/public/rewritten/x" => "/secret/x",
                    "/old/x" => "/public/x",
                    _ => http.Request.Path,
                };
                return next(http);
            })
            .UseGatewayAuthentication(Custom with { SkipPaths = ["/public/**"] }, check: OfAlice));

        using HttpResponseMessage answer = await SendAsync(application, target);
        ((int)answer.StatusCode).Should().Be(status);
    }

    [Fact]
    public async Task Refusal_KeepsWhatTheApplicationHasSetBefore()
    {
        await using WebApplication application = await StartAsync(static app => app
            .Use(static next => http =>
            {
                http.Response.Headers["X-Frame-Options"] = "DENY";
                return next(http);
            })
            .UseGatewayAuthentication(Custom, check: OfAlice));

        using HttpResponseMessage refused = await SendAsync(application);

        ((int)refused.StatusCode, refused.Headers.GetValues("X-Frame-Options").Single()).Should().Be((401, "DENY"));
    }

    [Fact]
    public async Task WrongOptions_AreToldWhenTheApplicationIsBuilt()
    {
        await FluentActions.Awaiting(() => StartAsync(static app => app.UseGatewayAuthentication(new AuthOptions()))).Should()
            .ThrowAsync<ArgumentException>().WithMessage("Nobody can check tokens: set ServiceUrl*");
        await FluentActions.Awaiting(() => StartAsync(static app => app.UseGatewayAuthentication(Custom))).Should()
            .ThrowAsync<ArgumentException>().WithMessage("*Gateway:Auth:Mode: the mode Custom needs*");
        await FluentActions.Awaiting(() => StartAsync(static app => app.UseGatewayRateLimit("no name", new RateLimitPolicyOptions()))).Should()
            .ThrowAsync<ArgumentException>().WithMessage("*'no name' is not a usable name*0 is out of range*");
    }

    private static async Task<WebApplication> StartAsync(Action<IApplicationBuilder> policies, TimeProvider? clock = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        WebApplication application = builder.Build();
        policies(application);
        application.Run(static http => http.Response.WriteAsync(
            $"{http.User.Identity?.Name} admin={http.User.IsInRole("admin")} read={http.User.HasClaim("scope", "read")} {http.Features.Get<UserContext>()?.Tier}"));
        await application.StartAsync();
        return application;
    }

    private static async Task<(int Status, string Said)> GetAsync(WebApplication application, params (string Name, string Value)[] headers)
    {
        using HttpResponseMessage answer = await SendAsync(application, headers);
        return answer.IsSuccessStatusCode
            ? ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync())
            : ((int)answer.StatusCode, await Problems.ReasonOfAsync(answer));
    }

    private static Task<HttpResponseMessage> SendAsync(WebApplication application, params (string Name, string Value)[] headers) =>
        SendAsync(application, "/", headers);

    private static async Task<HttpResponseMessage> SendAsync(WebApplication application, string target, params (string Name, string Value)[] headers)
    {
        using HttpMessageInvoker client = TestGateway.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(application.Urls.First() + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        HttpResponseMessage answer = await client.SendAsync(request, CancellationToken.None);
        await answer.Content.LoadIntoBufferAsync();
        return answer;
    }
}
