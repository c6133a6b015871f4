using System.Text.RegularExpressions;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Wire;

/// <summary>A service that answers, and beside it one that gets copies and whose answers nobody wants.</summary>
public sealed class MirrorTests
{
    [Theory]
    [InlineData("GET", null)]
    [InlineData("DELETE", null)]
    [InlineData("PUT", "the body")]
    [InlineData("POST", "the body")]
    public async Task Copy_IsTheRequestAsTheServiceGetsIt(string method, string? body)
    {
        await using var service = new RecordingInstance();
        await using var shadow = new RecordingInstance();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(service.Url, shadow.Url));

        (await gateway.SendAsync(
            new HttpMethod(method), "/a/%41?q=%2F", body is null ? null : new StringContent(body),
            ("X-Own", "1"), ("X-User-ID", "forged"), ("X-Correlation-ID", "c-1"))).Dispose();

        IReadOnlyCollection<string> copies = await Eventually.BecomesAsync(
            () => Task.FromResult(shadow.Requests), static requests => requests.Count > 0);
        WithoutHost(copies.Should().ContainSingle().Which).Should().Be(WithoutHost(service.Requests.Should().ContainSingle().Which));
        copies.Single().Should().StartWith($"{method} /a/%41?q=%2F HTTP/1.1\r\n").And.Contain("X-Correlation-ID: c-1").And.NotContain("forged");
    }

    [Fact]
    public async Task LongBody_IsCopiedWhole_AndALongerOneNotAtAll()
    {
        await using TestInstance service = await TestInstance.StartEchoAsync();
        await using TestInstance shadow = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(service.Url, shadow.Url));
        foreach (int length in new[] { 65_536, 65_537 })
        {
            string seen = await gateway.SendAsync(HttpMethod.Post, "/", new ByteArrayContent(new byte[length])).ShouldBeOkAsync();
            seen.Should().EndWith("\n\n" + new string('\0', length));
        }

        await ShouldBecomeAsync(gateway, Mirrored("success", 1));
        await ShouldBecomeAsync(gateway, Mirrored("body_too_long", 1));
        shadow.Requests.Should().Be(1);
    }

    [Fact]
    public async Task SilentShadow_LeavesAnswersAlone_AndItsPlacesAreTheMostThereAre()
    {
        var release = new TaskCompletionSource();
        await using TestInstance service = await TestInstance.StartEchoAsync();
        await using TestInstance shadow = await TestInstance.StartAsync(_ => release.Task);
        await using TestGateway gateway = await TestGateway.StartAsync(Options(service.Url, shadow.Url, new MirrorOptions { MaxConcurrent = 2 }));

        for (int i = 0; i < 5; i++)
        {
            await gateway.GetToTheEndAsync("/");
        }

        await ShouldBecomeAsync(gateway, Mirrored("no_place", 3));
        await ShouldBecomeAsync(gateway, Active("shadow", shadow, 2));
        shadow.Requests.Should().Be(2);
        release.SetResult();
        await ShouldBecomeAsync(gateway, Mirrored("success", 2));
        await ShouldBecomeAsync(gateway, Active("shadow", shadow, 0));
    }

    [Fact]
    public async Task ShadowThatIsDown_IsAFailureOfTheCopyAlone()
    {
        await using TestInstance service = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(service.Url, ScriptedInstance.UnusedUrl()));

        for (int i = 0; i < 8; i++)
        {
            await gateway.GetToTheEndAsync("/");
            await ShouldBecomeAsync(gateway, i < 5 ? Mirrored("failure", i + 1) : Mirrored("no_instance", i - 4));
        }

        string metrics = await gateway.ScrapeAsync();
        metrics.Should().Contain("gateway_requests_total{method=\"GET\",route=\"all\",service=\"service\",status=\"200\"} 8").And.NotContain("gateway_errors_total{");
        metrics.Should().MatchRegex("gateway_circuit_state\\{instance=\"[^\"]*\",service=\"shadow\"\\} 1");
        gateway.AccessLines.Should().HaveCount(8).And.OnlyContain(static line => line.GetProperty("backend_service").GetString() == "service");
    }

    [Fact]
    public async Task ClientThatLeaves_DoesNotTakeTheCopyWithIt()
    {
        var copied = new TaskCompletionSource();
        await using var silent = new ScriptedInstance(static connection => connection.ReadToEndAsync());
        await using TestInstance shadow = await TestInstance.StartAsync(async http =>
        {
            await copied.Task;
            await http.Response.WriteAsync("late");
        });
        await using TestGateway gateway = await TestGateway.StartAsync(Options(silent.Url, shadow.Url));
        using (RawConnection client = await gateway.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: g\r\nX-Correlation-ID: left\r\n\r\n");
            await Eventually.BecomesAsync(() => Task.FromResult(shadow.Requests), static requests => requests == 1);
        }

        (await gateway.LogLineAsync("left")).GetProperty("error").GetString().Should().Be("client_closed");
        copied.SetResult();
        await ShouldBecomeAsync(gateway, Mirrored("success", 1));
    }

    [Fact]
    public async Task Shutdown_DropsTheCopiesUnderWay()
    {
        var aborted = new TaskCompletionSource();
        await using TestInstance service = await TestInstance.StartEchoAsync();
        await using TestInstance shadow = await TestInstance.StartAsync(async http =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            aborted.SetResult();
        });
        await using (TestGateway gateway = await TestGateway.StartAsync(Options(service.Url, shadow.Url)))
        {
            await gateway.GetToTheEndAsync("/");
            await Eventually.BecomesAsync(() => Task.FromResult(shadow.Requests), static requests => requests == 1);
        }

        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task WebSocket_IsNotCopied()
    {
        await using TestInstance service = await TestInstance.StartAsync(WebSockets.Service(static (socket, _) => WebSockets.EchoAsync(socket)));
        await using TestInstance shadow = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(service.Url, shadow.Url));

        using (System.Net.WebSockets.ClientWebSocket client = await WebSockets.ConnectAsync(gateway))
        {
            await WebSockets.SendAsync(client, "hello");
            (await WebSockets.ReceiveTextAsync(client)).Should().Be("hello");
        }

        (await gateway.ScrapeAsync()).Should().NotContain("gateway_mirrored_requests_total{");
        shadow.Requests.Should().Be(0);
    }

    private static async Task ShouldBecomeAsync(TestGateway gateway, string line) =>
        (await Eventually.BecomesAsync(gateway.ScrapeAsync, metrics => metrics.Contains(line, StringComparison.Ordinal))).Should().Contain(line);

    private static string Mirrored(string outcome, int count) => $"gateway_mirrored_requests_total{{outcome=\"{outcome}\",route=\"all\"}} {count}\n";

    private static string Active(string service, TestInstance instance, int count) =>
        $"gateway_upstream_requests_active{{instance=\"{new Uri(instance.Url).Authority}\",service=\"{service}\"}} {count}\n";

    private static string WithoutHost(string request) => Regex.Replace(request, "\r\nHost: [^\r]*", "");

    private static GatewayOptions Options(string service, string shadow, MirrorOptions? mirror = null) => new()
    {
        Services = new Dictionary<string, ServiceOptions>
        {
            ["service"] = new() { Instances = [new InstanceOptions { Url = service }] },
            ["shadow"] = new() { Instances = [new InstanceOptions { Url = shadow }] },
        },
        Routes = new Dictionary<string, GatewayRouteOptions>
        {
            ["all"] = TestOptions.AnyPath with { Service = "service", Mirror = (mirror ?? new MirrorOptions()) with { Service = "shadow" } },
        },
    };
}
