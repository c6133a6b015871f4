using System.Net;
using System.Net.Sockets;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Host.Configuration;
using Gateway.Host.Logging;
using Gateway.Host.Serving;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using TestOptions = Gateway.Tests.Kit.TestOptions;

namespace Gateway.Tests.Host.Serving;

/// <summary>Starting and stopping both servers; Wire/ShutdownTests has how requests fare meanwhile.</summary>
public sealed class GatewayServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Start_BindsPublicAndAdminOnPortsOfTheirOwn()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For("http://127.0.0.1:9"));

        gateway.Server.PublicAddresses.Should().ContainSingle().Which.Host.Should().Be("127.0.0.1");
        gateway.Address.Port.Should().BePositive().And.NotBe(gateway.Admin.Port);
    }

    [Fact]
    public async Task UnknownPath_NamesTheNearestRoutes_InDevelopmentAlone()
    {
        GatewayOptions options = TestOptions.For("http://127.0.0.1:9").WithRoutes(("items", TestOptions.AnyPath with { Pattern = "/api/items/{id}", Methods = ["GET"] }));
        await using TestGateway development = await TestGateway.StartInDevelopmentAsync(options);
        await using TestGateway production = await TestGateway.StartHereAsync(options);

        (await BodyAsync(development, "/api/itms/1")).Should().Contain("\"reason\":\"no_route\"").And.Contain("\"nearest_routes\":[\"items: GET /api/items/{id}\"]");
        (await BodyAsync(development, "/nothing/like/it")).Should().Contain("\"reason\":\"no_route\"").And.NotContain("nearest_routes");
        (await BodyAsync(production, "/api/itms/1")).Should().Contain("\"reason\":\"no_route\"").And.NotContain("nearest_routes");
    }

    private static async Task<string> BodyAsync(TestGateway gateway, string target)
    {
        using HttpResponseMessage response = await gateway.GetAsync(target);
        return await response.Content.ReadAsStringAsync();
    }

    [Fact]
    public async Task Start_BeginsTheHealthChecks()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestInstance instance = await TestInstance.StartAsync(http =>
        {
            asked.TrySetResult();
            return Task.CompletedTask;
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { HealthCheck = new HealthCheckOptions { Path = "/up", Interval = TimeSpan.FromMilliseconds(100) } }, instance.Url));

        await asked.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task TakenPort_IsAServerStartExceptionAndFreesWhatWasBound()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string admin = ScriptedInstance.UnusedUrl();
        await using var log = new HostLog(null, TimeProvider.System);
        HostConfiguration configuration = Configuration($"http://{taken.LocalEndpoint}", admin);

        await FluentActions.Awaiting(() => GatewayServer.StartAsync(configuration, log, TimeProvider.System))
            .Should().ThrowAsync<ServerStartException>().Where(static failure => failure.Key == "Kestrel:Endpoints:Public:Url");

        using var again = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await FluentActions.Awaiting(() => again.ConnectAsync(IPAddress.Loopback, new Uri(admin).Port)).Should().ThrowAsync<SocketException>();
    }

    /// <summary>The admin address was named, which was fine.</summary>
    [Fact]
    public async Task TokenFileThatIsGone_IsToBlame_NotAnAddress()
    {
        await using var log = new HostLog(null, TimeProvider.System);
        HostConfiguration configuration = Configuration("http://127.0.0.1:0", "http://127.0.0.1:0");
        configuration = configuration with { Admin = configuration.Admin with { TokenFile = "/nowhere/token" } };

        (await FluentActions.Awaiting(() => GatewayServer.StartAsync(configuration, log, TimeProvider.System)).Should().ThrowAsync<ServerStartException>())
            .Which.Message.Should().StartWith("Gateway:Admin:TokenFile: the file '/nowhere/token' ").And.NotContain("http:");
    }

    /// <summary>It was no ServerStartException at all, but the end of the program with a stack trace.</summary>
    [Fact]
    public async Task KeyFileThatIsGone_IsToBlame_NotAnAddress()
    {
        await using var log = new HostLog(null, TimeProvider.System);
        HostConfiguration configuration = Configuration("http://127.0.0.1:0", "http://127.0.0.1:0") with
        {
            Gateway = new GatewayOptions
            {
                Auth = new() { ServiceUrl = "http://127.0.0.1:9", Shared = new() { Redis = "127.0.0.1:9", KeyFile = "/nowhere/key" } },
            },
        };

        ServerStartException failure = (await FluentActions.Awaiting(() => GatewayServer.StartAsync(configuration, log, TimeProvider.System))
            .Should().ThrowAsync<ServerStartException>()).Which;
        failure.Key.Should().Be("Gateway");
        failure.Message.Should().Contain("The file '/nowhere/key' ").And.NotContain("http:");
    }

    [Fact]
    public async Task Stop_WaitsForTheDrainDelayAndNoLonger()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For("http://127.0.0.1:9") with { Shutdown = new() { DrainDelay = TimeSpan.FromSeconds(3) } }, clock);

        Task stopping = gateway.StopAsync();
        clock.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromTicks(1));
        stopping.IsCompleted.Should().BeFalse();
        clock.Advance(TimeSpan.FromTicks(1));

        await stopping.WaitAsync(Patience);
    }

    [Fact]
    public async Task StopNow_WaitsForNothing()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For("http://127.0.0.1:9") with { Shutdown = new() { DrainDelay = TimeSpan.FromHours(1) } }, clock);
        using var now = new CancellationTokenSource();
        Task stopping = gateway.Server.StopAsync(now.Token);

        await now.CancelAsync();

        await stopping.WaitAsync(Patience);
    }

    [Fact]
    public async Task StopBesideAnother_LeavesItEveryNewConnection()
    {
        await using var log = new HostLog(new LogMemory(), TimeProvider.System);
        HostConfiguration configuration = Configuration("http://127.0.0.1:0", "http://127.0.0.1:0") with { ReusePort = true };
        await using GatewayServer older = await GatewayServer.StartAsync(configuration, log, new FakeTimeProvider());
        string address = older.PublicAddresses[0].ToString();
        await using GatewayServer newer = await GatewayServer.StartAsync(
            Configuration(address, "http://127.0.0.1:0") with { ReusePort = true }, log, TimeProvider.System);
        using var now = new CancellationTokenSource();

        Task stopping = older.StopAsync(now.Token);
        for (int i = 0; i < 20; i++)
        {
            using HttpMessageInvoker client = TestGateway.NewClient();
            using HttpResponseMessage ready = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, address + "health/ready"), CancellationToken.None);
            ready.StatusCode.Should().Be(HttpStatusCode.OK, "the one that leaves is not ready");
        }

        await now.CancelAsync();
        await stopping.WaitAsync(Patience);
    }

    [Fact]
    public async Task Response_NamesNoServer()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        using HttpResponseMessage response = await gateway.GetAsync("/health/live");

        response.Headers.Server.Should().BeEmpty();
    }

    private static HostConfiguration Configuration(string publicUrl, string adminUrl) => new(
        new GatewayOptions(), new AdminOptions { Url = adminUrl }, [],
        new ConfigurationBuilder().AddInMemoryCollection([new("Endpoints:Public:Url", publicUrl)]).Build());
}
