using System.Diagnostics;
using Gateway.Core;
using Gateway.Core.Context;
using Gateway.Core.Responses;
using Gateway.Core.Serving;
using Gateway.Core.Testing;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Gateway.Tests.Embedding;

/// <summary>What the settings do is proved by the tests of the wire, which run against an embedded gateway too.</summary>
public sealed class GatewayServerExtensionsTests
{
    [Fact]
    public async Task RefusalByTheServerItself_HasItsAccessLogEntry()
    {
        var logged = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using GatewayEmbedded gateway = await GatewayEmbedded.StartAsync(new GatewayOptions(), [], new LogMemory(), TimeProvider.System,
            services => services.AddSingleton<AccessLog>((in entry) => logged.TrySetResult(entry.StatusCode)));
        using RawConnection connection = await RawConnection.ToAsync(gateway.Address.Port);

        await connection.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nBad header\r\n\r\n");

        (await logged.Task).Should().Be(400);
    }

    /// <summary>As WebApplicationFactory has it: no sockets, no raw target, no address of a client.</summary>
    [Theory]
    [InlineData("/api/one%20two%2Fthree?q=%20", "/api/one%20two%2Fthree?q=%20")]
    [InlineData("/base/api/x", "/api/x")]
    public async Task InAServerForTests_RequestsGoTheSameWay(string sent, string got)
    {
        await using ScriptedService service = await ScriptedService.StartAsync(static http => http.Request.Body.CopyToAsync(http.Response.Body));
        WebApplicationBuilder builder = TestApplication.Builder();
        GatewayOptions options = TestOptions.For(service.Url);
        builder.Services.AddGateway(options.WithRoute(options.Routes["all"] with { Pattern = "/api/{**rest}", EncodedSlash = EncodedSlash.Keep }));
        builder.WebHost.UseGatewayServer().UseTestServer();
        await using WebApplication app = builder.Build();
        app.UsePathBase("/base");
        app.UseGateway();
        await app.StartAsync();
        using var client = new HttpMessageInvoker(app.GetTestServer().CreateHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost" + sent)
        {
            Content = new StringContent("a body"),
        };
        using var unknown = new HttpRequestMessage(HttpMethod.Get, "http://localhost/none");

        using HttpResponseMessage answer = await client.SendAsync(request, CancellationToken.None);
        using HttpResponseMessage refused = await client.SendAsync(unknown, CancellationToken.None);

        ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), service.Received[0].Target).Should().Be((200, "a body", got));
        (await Problems.ReasonOfAsync(refused)).Should().Be("no_route");
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await FluentActions.Awaiting(() => app.StopAsync(now.Token)).Should().NotThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task ServersSettings_AreTheGateways()
    {
        WebApplicationBuilder builder = TestApplication.Builder();
        builder.Services.AddGateway(new GatewayOptions());
        builder.WebHost.UseGatewayServer();
        await using WebApplication app = builder.Build();

        app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.AddServerHeader.Should().BeFalse();
        app.Services.GetRequiredService<DiagnosticSource>().Should().BeOfType<ServerRefusals>();
        AppContext.TryGetSwitch(ServerSettings.StrictLines, out bool isStrict).Should().BeTrue();
        isStrict.Should().BeTrue();
    }
}
