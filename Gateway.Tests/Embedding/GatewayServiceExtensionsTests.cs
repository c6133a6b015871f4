using Gateway.Core;
using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Responses;
using Gateway.Core.Testing;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Embedding;

public sealed class GatewayServiceExtensionsTests
{
    [Fact]
    public async Task Section_IsServed_AndItsReloadIsPutInForce()
    {
        await using TestInstance instance = await TestInstance.StartAsync(static http => http.Response.WriteAsync("service"));
        WebApplicationBuilder builder = TestApplication.Builder(
            ("Gateway:Services:svc:Instances:0:Url", instance.Url), ("Gateway:Routes:r:Pattern", "/before"),
            ("Gateway:Routes:r:Service", "svc"), ("Gateway:Routes:r:Auth", "Anonymous"));
        builder.Services.AddGateway(builder.Configuration.GetSection("Gateway"));
        await using TestApplication app = await TestApplication.StartAsync(builder, static app => app.UseGateway());
        (await app.GetAsync("/before")).Should().Be((200, "service"));

        builder.Configuration["Gateway:Routes:r:Pattern"] = "/after";
        ((IConfigurationRoot)builder.Configuration).Reload();

        (await Eventually.BecomesAsync(async () => (await app.GetAsync("/after")).Status, static status => status == 200)).Should().Be(200);
        (await app.GetAsync("/before")).Status.Should().Be(404);
    }

    [Fact]
    public async Task InvalidOptions_StopTheStart_WithEveryError()
    {
        WebApplicationBuilder builder = TestApplication.Builder(("Gateway:Nope", "1"), ("Gateway:Overload:MaxRequests", "0"));
        builder.Services.AddGateway(builder.Configuration);

        GatewayOptionsException refused = (await FluentActions.Awaiting(() => TestApplication.StartAsync(builder, static app => app.MapGateway()))
            .Should().ThrowAsync<GatewayOptionsException>()).Which;

        refused.Errors.Select(static error => error.Key).Should().BeEquivalentTo("Gateway:Nope", "Gateway:Overload:MaxRequests");
    }

    [Fact]
    public async Task Options_MayComeFromTheContainer_AndSoDoTheAccessLogAndTheExtensions()
    {
        var logged = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddSingleton(TestOptions.For("http://127.0.0.1:1").WithRoute(TestOptions.AnyPath with { Pattern = "/orders" }));
        builder.Services.AddSingleton<AccessLog>((in entry) => logged.TrySetResult(entry.Path));
        builder.Services.AddSingleton(new GatewayExtensions { SuggestsRoutes = true });
        builder.Services.AddGateway(static services => services.GetRequiredService<GatewayOptions>());
        await using TestApplication app = await TestApplication.StartAsync(builder, static app => app.UseGateway());

        (await app.GetAsync("/ordesr")).Body.Should().Contain("/orders", "only the extensions ask for such help");
        (await logged.Task).Should().Be("/ordesr");
    }

    [Fact]
    public async Task UserWhomTheApplicationKnows_IsTheGatewaysUser()
    {
        await using ScriptedService service = await ScriptedService.StartAsync();
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddGateway(TestOptions.For(service.Url));
        await using TestApplication app = await TestApplication.StartAsync(builder, static app =>
        {
            app.Use(static (http, next) =>
            {
                http.Features.Set(new UserContext("alice", roles: ["admin"]));
                return next(http);
            });
            app.UseGateway();
        });

        (await app.GetAsync("/x")).Status.Should().Be(200);
        service.Received[0].Headers.Should().Contain("X-User-ID", "alice").And.Contain("X-User-Roles", "admin");
    }

    [Fact]
    public async Task Pipeline_SaysWhetherItIsReady_AndIsStartedOnce()
    {
        await using var pipeline = new GatewayPipeline(TestOptions.For("http://127.0.0.1:1"));
        pipeline.Start();
        (pipeline.IsReady, pipeline.IsDraining).Should().Be((true, false));
        pipeline.StartDraining();
        (pipeline.IsReady, pipeline.IsDraining).Should().Be((false, true));
        FluentActions.Invoking(pipeline.Start).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void SecondGateway_IsRefused()
    {
        IServiceCollection services = new ServiceCollection().AddGateway(new GatewayOptions());

        FluentActions.Invoking(() => services.AddGateway(new GatewayOptions())).Should().Throw<InvalidOperationException>();
    }
}
