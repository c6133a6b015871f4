using System.Net;
using System.Net.WebSockets;
using Gateway.Core;
using Gateway.Core.RateLimiting;
using Gateway.Core.Reception;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Wire;

/// <summary>Another configuration comes while requests are under way.</summary>
public sealed class ReloadTests
{
    [Fact]
    public async Task RequestUnderWay_EndsByTheOldOne_AndTheNextGoesByTheNew()
    {
        var release = new TaskCompletionSource();
        await using TestInstance old = await TestInstance.StartAsync(async http =>
        {
            await release.Task;
            await http.Response.WriteAsync("old");
        });
        await using TestInstance next = await TestInstance.StartAsync(static http => http.Response.WriteAsync("next"));
        await using TestGateway gateway = await TestGateway.StartHereAsync(TestOptions.For(old.Url));
        Task<HttpResponseMessage> underWay = gateway.GetAsync("/");
        await Eventually.BecomesAsync(() => Task.FromResult(old.Requests), static count => count == 1);

        await gateway.Server.Pipeline.ReloadAsync(TestOptions.For(next.Url));

        (await gateway.GetAsync("/").ShouldBeOkAsync()).Should().Be("next");
        gateway.Server.Pipeline.RetiredConfigurations.Should().Be(1);
        release.SetResult();
        (await underWay.ShouldBeOkAsync()).Should().Be("old");
        (await RetiredAsync(gateway)).Should().Be(0, "nobody uses it any more");
    }

    [Fact]
    public async Task InvalidOptions_ChangeNothing()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartHereAsync(TestOptions.For(instance.Url));

        await FluentActions.Awaiting(() => gateway.Server.Pipeline.ReloadAsync(new GatewayOptions { DefaultRateLimits = ["none"] }))
            .Should().ThrowAsync<ArgumentException>();

        await gateway.GetAsync("/").ShouldBeOkAsync();
        gateway.Server.Pipeline.RetiredConfigurations.Should().Be(0);
    }

    [Fact]
    public async Task WebSocket_OutlivesItsConfiguration_AndEndsInOrderWithTheGateway()
    {
        await using TestInstance instance = await TestInstance.StartAsync(WebSockets.Service(static (socket, _) => WebSockets.EchoAsync(socket)));
        await using TestInstance other = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartHereAsync(TestOptions.For(instance.Url));
        using ClientWebSocket socket = await WebSockets.ConnectAsync(gateway);

        await gateway.Server.Pipeline.ReloadAsync(TestOptions.For(other.Url));
        await gateway.Server.Pipeline.ReloadAsync(TestOptions.For(other.Url, "http://127.0.0.1:1"));

        byte[] buffer = new byte[16];
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        (await socket.ReceiveAsync(buffer, CancellationToken.None)).Count.Should().Be(5);
        gateway.Server.Pipeline.RetiredConfigurations.Should().Be(1, "the one in between had no requests");

        Task stopping = gateway.StopAsync();
        (await socket.ReceiveAsync(buffer, CancellationToken.None)).CloseStatus.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        await socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, null, CancellationToken.None);
        await stopping;
    }

    [Fact]
    public async Task UsedUpLimit_StaysUsedUp_UnlessItHasChanged()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        GatewayOptions options = Limited(instance.Url, capacity: 1);
        await using TestGateway gateway = await TestGateway.StartHereAsync(options);
        await gateway.GetAsync("/").ShouldBeOkAsync();

        await gateway.Server.Pipeline.ReloadAsync(Limited(instance.Url, capacity: 1) with { Overload = new OverloadOptions { MaxRequests = 7 } });
        (await StatusAsync(gateway)).Should().Be(HttpStatusCode.TooManyRequests);

        await gateway.Server.Pipeline.ReloadAsync(Limited(instance.Url, capacity: 2));
        (await StatusAsync(gateway)).Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task SeriesOfRoutesThatAreGone_AreShownNoLonger()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartHereAsync(TestOptions.For(instance.Url).WithRoutes(("before", TestOptions.AnyPath)));
        await gateway.GetToTheEndAsync("/");
        (await gateway.ScrapeAsync()).Should().Contain("route=\"before\"");

        GatewayOptions next = TestOptions.For(instance.Url).WithRoutes(("after", TestOptions.AnyPath));
        await gateway.Server.Pipeline.ReloadAsync(next);
        await gateway.GetToTheEndAsync("/");
        await gateway.Server.Pipeline.ReloadAsync(next);

        string[] counts = [.. (await gateway.ScrapeAsync()).Split('\n').Where(static line => line.StartsWith("gateway_requests_total", StringComparison.Ordinal))];
        counts.Should().ContainSingle().Which.Should().Contain("route=\"after\"");
    }

    private static GatewayOptions Limited(string url, int capacity) => TestOptions.For(url) with
    {
        RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["by-ip"] = new() { Capacity = capacity, RefillPerSecond = 0.001 } },
        DefaultRateLimits = ["by-ip"],
    };

    private static async Task<HttpStatusCode> StatusAsync(TestGateway gateway)
    {
        using HttpResponseMessage response = await gateway.GetAsync("/");
        return response.StatusCode;
    }

    private static Task<int> RetiredAsync(TestGateway gateway) =>
        Eventually.BecomesAsync(() => Task.FromResult(gateway.Server.Pipeline.RetiredConfigurations), static count => count == 0);
}
