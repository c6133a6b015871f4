using Gateway.Core;
using Gateway.Core.Context;
using Gateway.Core.Testing;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Embedding;

public sealed partial class GatewayApplicationExtensionsTests
{
    [Fact]
    public async Task UseGateway_TakesWhatTheApplicationHasNoEndpointFor()
    {
        await using TestInstance instance = await TestInstance.StartAsync(static http => http.Response.WriteAsync("service"));
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddGateway(TestOptions.For(instance.Url));
        await using TestApplication app = await TestApplication.StartAsync(builder, static app =>
        {
            app.UseGateway();
            app.MapGet("/own", static () => "own");
            app.MapGet("/health/ready", static () => "own health");
        });

        (await app.GetAsync("/own")).Should().Be((200, "own"));
        (await app.GetAsync("/other")).Should().Be((200, "service"));
        (await app.GetAsync("/health/ready")).Should().Be((200, "own health"));
        (await app.GetAsync("/health/live")).Body.Should().Be("""{"status":"ok"}""");
    }

    [Fact]
    public async Task UseGateway_InAPlainStartup_StandsBetweenRoutingAndEndpoints()
    {
        await using TestInstance instance = await TestInstance.StartAsync(static http => http.Response.WriteAsync("service"));
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddGateway(TestOptions.For(instance.Url));
        await using TestApplication app = await TestApplication.StartAsync(builder, static app =>
        {
            app.UseRouting();
            app.UseGateway();
#pragma warning disable ASP0014 // It is this older form that is tested.
            app.UseEndpoints(static endpoints => endpoints.MapGet("/own", static () => "own"));
#pragma warning restore ASP0014
        });

        (await app.GetAsync("/own")).Should().Be((200, "own"));
        (await app.GetAsync("/other")).Should().Be((200, "service"));
    }

    [Fact]
    public async Task MapGateway_IsTheLastResort_WithTheGatewaysOwn404()
    {
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddGateway(new GatewayOptions());
        await using TestApplication app = await TestApplication.StartAsync(builder, static app =>
        {
            app.MapGateway();
            app.MapGet("/{name}", static (string name) => "own " + name);
        });

        (await app.GetAsync("/x")).Should().Be((200, "own x"));
        (int status, string body) = await app.GetAsync("/x/y");
        status.Should().Be(404);
        body.Should().Contain("no_route");
    }

    [Fact]
    public async Task MapGatewayOfAPattern_TakesAuthorizationOfTheApplication()
    {
        await using TestInstance instance = await TestInstance.StartAsync(static http => http.Response.WriteAsync("service"));
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddGateway(TestOptions.For(instance.Url));
        builder.Services.AddAuthentication();
        builder.Services.AddAuthorization();
        builder.Services.AddSingleton<IAuthorizationMiddlewareResultHandler, Forbid>();
        await using TestApplication app = await TestApplication.StartAsync(builder, static app =>
        {
            app.UseAuthorization();
            app.MapGateway("/api/{**path}").RequireAuthorization(static policy =>
                policy.RequireAssertion(static context => ((HttpContext)context.Resource!).Request.Headers.ContainsKey("X-Pass")));
        });

        (await app.GetAsync("/api/x")).Status.Should().Be(403);
        (await app.GetAsync("/api/x", ("X-Pass", "1"))).Should().Be((200, "service"));
        (await app.GetAsync("/elsewhere")).Status.Should().Be(404);
        instance.Requests.Should().Be(1);
    }

    /// <summary>Whatever the application has made of the path is routed and forwarded, the rest of it byte for byte.</summary>
    [Theory]
    [InlineData("/x%41?q=%41", "/x%41?q=%41", null)]
    [InlineData("/base/x%41%2Fy?q=%41", "/x%41%2Fy?q=%41", "/base")]
    [InlineData("/base", "/", "/base")]
    [InlineData("/mapped/one%20two?q", "/one%20two?q", "/mapped")]
    [InlineData("/base/mapped/x", "/x", "/base/mapped")]
    [InlineData("/old/x?q", "/new%20way/x?q", null)]
    public async Task PathThatTheApplicationHasMade_IsTheServices(string sent, string got, string? prefix)
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        WebApplicationBuilder builder = TestApplication.Builder();
        GatewayOptions options = TestOptions.For(service.Url);
        builder.Services.AddGateway(options.WithRoute(options.Routes["all"] with { EncodedSlash = EncodedSlash.Keep }));
        await using TestApplication app = await TestApplication.StartAsync(builder, static app =>
        {
            app.UsePathBase("/base");
            app.Map("/mapped", static branch => branch.UseGateway());
            app.Use(static (http, next) =>
            {
                http.Request.Path = http.Request.Path.StartsWithSegments("/old", out PathString rest) ? new PathString("/new way").Add(rest) : http.Request.Path;
                return next(http);
            });
            app.UseGateway();
        });

        (await app.GetAsync(sent)).Status.Should().Be(200);

        (service.Received[0].Target, service.Received[0].Headers.GetValueOrDefault("X-Forwarded-Prefix")).Should().Be((got, prefix));
    }

    [Fact]
    public async Task HeadersOfTheApplication_StayOnAnswersAndRefusals()
    {
        await using ScriptedService service = await ScriptedService.StartAsync(static http =>
        {
            http.Response.Headers.SetCookie = "service=1";
            return Task.CompletedTask;
        });
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddGateway(TestOptions.For(service.Url).WithRoute(TestOptions.AnyPath with { Pattern = "/api/{**rest}" }));
        await using TestApplication app = await TestApplication.StartAsync(builder, static app =>
        {
            app.Use(static (http, next) =>
            {
                (http.Response.Headers.XFrameOptions, http.Response.Headers.SetCookie) = ("DENY", "own=1");
                return next(http);
            });
            app.UseGateway();
        });

        using HttpResponseMessage answer = await app.SendAsync("/api/x");
        using HttpResponseMessage refused = await app.SendAsync("/none");

        ((int)answer.StatusCode, (int)refused.StatusCode).Should().Be((200, 404));
        answer.Headers.GetValues("Set-Cookie").Should().Equal("own=1", "service=1");
        refused.Headers.GetValues("Set-Cookie").Should().Equal("own=1");
        (answer.Headers.GetValues("X-Frame-Options").Single(), refused.Headers.GetValues("X-Frame-Options").Single()).Should().Be(("DENY", "DENY"));
    }

    /// <summary>In the application that the tests of the wire run against.</summary>
    [Fact]
    public async Task OneConnection_CarriesTheApplicationsRequestsAndTheGatewaysInTurn()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using GatewayEmbedded gateway = await GatewayEmbedded.StartAsync(TestOptions.For(instance.Url), [], new LogMemory(), TimeProvider.System);
        using RawConnection connection = await RawConnection.ToAsync(gateway.Address.Port);
        const string Body = "Host: a\r\nContent-Length: 3\r\n\r\nabc";

        // All at once, so that nobody may take a byte that is another's.
        await connection.SendAsync(
            $"POST {GatewayEmbedded.OwnEcho} HTTP/1.1\r\n{Body}" + $"POST /gateway HTTP/1.1\r\n{Body}" + $"POST /bad%5C HTTP/1.1\r\n{Body}"
            + $"GET {GatewayEmbedded.OwnPath} HTTP/1.1\r\nHost: a\r\n\r\n" + $"POST /gateway HTTP/1.1\r\n{Body}");

        var answers = new List<string>();
        for (int i = 0; i < 5; i++)
        {
            (string head, string body) = await connection.ReadResponseAsync();
            if (head.Contains("chunked", StringComparison.Ordinal))
            {
                body = (await connection.ReadUntilAsync("\r\n0\r\n\r\n")).Split("\r\n")[1];
            }

            answers.Add($"{head.Split(' ')[1]} {(head.Contains("X-Correlation-ID", StringComparison.OrdinalIgnoreCase) ? "gateway" : "own")} {body}");
        }

        answers[0].Should().Be("200 own abc");
        answers[1].Should().StartWith("200 gateway POST /gateway").And.EndWith("abc");
        answers[2].Should().StartWith("400 ");
        answers[3].Should().Be($"200 own {GatewayEmbedded.OwnAnswer}");
        answers[4].Should().StartWith("200 gateway POST /gateway").And.EndWith("abc");
    }

    [Fact]
    public async Task NoGateway_IsAClearError()
    {
        await using WebApplication app = TestApplication.Builder().Build();

        FluentActions.Invoking(() => app.UseGateway()).Should().Throw<InvalidOperationException>().WithMessage("There is no gateway; call builder.Services.AddGateway(…) first.");
        FluentActions.Invoking(() => app.MapGateway()).Should().Throw<InvalidOperationException>();
    }

    /// <summary>Without a scheme to challenge by.</summary>
    private sealed class Forbid : IAuthorizationMiddlewareResultHandler
    {
        public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy,
            PolicyAuthorizationResult authorizeResult)
        {
            if (authorizeResult.Succeeded)
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }
    }
}
