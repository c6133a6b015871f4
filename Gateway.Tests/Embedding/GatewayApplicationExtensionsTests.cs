using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Embedding;

public sealed class GatewayApplicationExtensionsTests
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
        builder.Services.AddGateway(new Core.GatewayOptions());
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
