using System.Diagnostics;
using Gateway.Core;
using Gateway.Core.Responses;
using Gateway.Core.Serving;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
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
