using Gateway.Core.Reception;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Embedding;

public sealed class EmbeddedGatewayTests
{
    [Fact]
    public async Task StopUnderARequest_LetsItFinish()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var finish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            arrived.SetResult();
            await finish.Task;
            await http.Response.WriteAsync("whole");
        });
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddGateway(TestOptions.For(instance.Url) with { Shutdown = new ShutdownOptions { DrainDelay = TimeSpan.Zero } });
        await using TestApplication app = await TestApplication.StartAsync(builder, static app => app.UseGateway());
        Task<(int, string)> answer = app.GetAsync("/x");
        await arrived.Task;

        Task stop = app.StopAsync();
        await Eventually.BecomesAsync(() => Task.FromResult(app.Pipeline.Lasting.Requests.IsDraining), static draining => draining);
        stop.IsCompleted.Should().BeFalse("a request is under way");
        finish.SetResult();

        (await answer).Should().Be((200, "whole"));
        await stop;
    }

    [Fact]
    public async Task DrainDelay_IsServedThrough_WhileReadinessIs503()
    {
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider());
        builder.Services.AddGateway(new Core.GatewayOptions { Shutdown = new ShutdownOptions { DrainDelay = TimeSpan.FromSeconds(5) } });
        await using TestApplication app = await TestApplication.StartAsync(builder, static app => app.UseGateway());

        Task stop = app.StopAsync();
        (await Eventually.BecomesAsync(async () => (await app.GetAsync("/health/ready")).Status, static status => status == 503)).Should().Be(503);
        stop.IsCompleted.Should().BeFalse();

        var clock = (FakeTimeProvider)app.Services.GetRequiredService<TimeProvider>();
        await Eventually.BecomesAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            return Task.FromResult(stop.IsCompleted);
        }, static stopped => stopped);
        await stop;
    }

    [Fact]
    public async Task BadReload_ChangesNothing_AndTheNextGoodOneCounts()
    {
        WebApplicationBuilder builder = TestApplication.Builder(("Gateway:Overload:MaxRequests", "7"));
        EventLog events = EventLog.Create();
        builder.Logging.AddProvider(events);
        builder.Services.AddGateway(builder.Configuration);
        await using TestApplication app = await TestApplication.StartAsync(builder, static app => app.UseGateway());

        builder.Configuration["Gateway:Nope"] = "1";
        builder.Configuration["Gateway:Overload:MaxRequests"] = "8";
        ((IConfigurationRoot)builder.Configuration).Reload();
        await Eventually.BecomesAsync(() => Task.FromResult(events.Written.Any(static one => one.Id == 303)), static told => told);
        events.Written.Should().ContainSingle(static one => one.Id == 303).Which.Message.Should().Contain("Gateway:Nope");
        app.Pipeline.Parts.Options.Overload.MaxRequests.Should().Be(7);

        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection([new("Gateway:Overload:MaxRequests", "9")]);
        (await Eventually.BecomesAsync(() => Task.FromResult(app.Pipeline.Parts.Options.Overload.MaxRequests), static max => max != 7)).Should().Be(9);
        (await Eventually.BecomesAsync(() => Task.FromResult(events.Written.Count(static one => one.Id == 302)), static told => told > 0)).Should().Be(1);
    }
}
