using System.Net;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Demo;

public sealed class DemoServiceTests
{
    [Fact]
    public async Task Health_Is200()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(static (_, _) => { });
        (await service.SendAsync("GET", "/health")).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task UnknownPath_Is404WithASentence()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(static (_, _) => { });
        (await service.SendAsync("GET", "/nothing")).Json.GetProperty("error").GetString()
            .Should().Be("This service has nothing at this path.");
    }

    [Fact]
    public async Task WrongMethod_Is405()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new CartService().Map);
        (await service.SendAsync("PATCH", "/cart", user: "alice")).Status.Should().Be(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task TakenPort_IsOneSentenceThatNamesServiceAndPort()
    {
        await using DemoService first = await StartAsync(0);
        Func<Task> second = () => StartAsync(first.Port);
        (await second.Should().ThrowAsync<DemoException>())
            .WithMessage($"The demo's cart service cannot listen on 127.0.0.1:{first.Port} (*); stop what uses that port and try again.");
    }

    [Fact]
    public async Task Disposed_FreesItsPort()
    {
        DemoService first = await StartAsync(0);
        await first.DisposeAsync();
        await using DemoService second = await StartAsync(first.Port);
        second.Port.Should().Be(first.Port);
    }

    private static Task<DemoService> StartAsync(int port) =>
        DemoService.StartAsync("cart", port, new CartService().Map, TimeProvider.System, CancellationToken.None);
}
