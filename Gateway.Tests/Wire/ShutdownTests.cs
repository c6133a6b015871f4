using System.Net;
using System.Net.Sockets;
using Gateway.Core.Reception;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Wire;

public sealed class ShutdownTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task DuringTheDrainDelay_ReadinessIs503AndNewConnectionsAreServedAndAskedToClose()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(instance.Url) with { Shutdown = new ShutdownOptions { DrainDelay = TimeSpan.FromSeconds(7) } }, clock);
        Uri address = gateway.Address;

        Task stopping = gateway.StopAsync();
        using HttpResponseMessage live = await gateway.GetAsync("/health/live");
        using HttpResponseMessage ready = await gateway.GetAsync("/health/ready");
        using RawConnection fresh = await gateway.ConnectAsync();
        await fresh.SendAsync("GET / HTTP/1.1\r\nHost: g\r\n\r\n");
        string head = await fresh.ReadUntilAsync("\r\n\r\n");

        live.StatusCode.Should().Be(HttpStatusCode.OK);
        ready.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        ready.Headers.ConnectionClose.Should().BeTrue();
        head.Should().StartWith("HTTP/1.1 200 ").And.Contain("Connection: close");

        clock.Advance(TimeSpan.FromSeconds(7));
        await stopping.WaitAsync(Patience);
        await FluentActions.Awaiting(() => ConnectAsync(address)).Should().ThrowAsync<SocketException>();
    }

    [Fact]
    public async Task RequestInFlight_IsFinishedBeforeTheGatewayLeaves()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            arrived.SetResult();
            await answer.Task;
            await http.Response.WriteAsync("done");
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url));

        Task<HttpResponseMessage> request = gateway.GetAsync("/");
        await arrived.Task.WaitAsync(Patience);
        Task stopping = gateway.StopAsync();
        await Eventually.BecomesAsync(() => ReadinessAsync(gateway), static status => status == HttpStatusCode.ServiceUnavailable);
        stopping.IsCompleted.Should().BeFalse();
        answer.SetResult();

        using HttpResponseMessage response = await request;
        (await response.Content.ReadAsStringAsync()).Should().Be("done");
        response.Headers.ConnectionClose.Should().BeTrue();
        await stopping.WaitAsync(Patience);
    }

    [Fact]
    public async Task DrainTimeout_BreaksOffWhatIsStillUnderWay()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            arrived.SetResult();
            var left = new TaskCompletionSource();
            http.RequestAborted.Register(left.SetResult);
            await left.Task;
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(instance.Url) with
        {
            Shutdown = new ShutdownOptions { DrainDelay = TimeSpan.Zero, DrainTimeout = TimeSpan.FromSeconds(3) },
        }, clock);

        Task<HttpResponseMessage> request = gateway.GetAsync("/");
        await arrived.Task.WaitAsync(Patience);
        Task stopping = gateway.StopAsync();
        clock.Advance(TimeSpan.FromSeconds(3));
        await stopping.WaitAsync(Patience);

        await FluentActions.Awaiting(() => request).Should().ThrowAsync<HttpRequestException>();
    }

    [Fact]
    public async Task SteadyLoad_LosesNoAcceptedRequestWhenTheGatewayLeaves()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(instance.Url) with { Shutdown = new ShutdownOptions { DrainDelay = TimeSpan.FromMilliseconds(300) } });
        int served = 0;
        var halfway = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // As behind a load balancer: a client that is asked to close goes elsewhere; until then it opens connections as it likes.
        Task[] clients = [.. Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            bool closing = false;
            while (!closing)
            {
                using RawConnection connection = await gateway.ConnectAsync();
                for (int i = 0; i <= client && !closing; i++)
                {
                    await connection.SendAsync("GET / HTTP/1.1\r\nHost: g\r\n\r\n");
                    string head = (await connection.ReadResponseAsync()).Head;
                    head.Should().StartWith("HTTP/1.1 200 ");
                    closing = head.Contains("Connection: close", StringComparison.Ordinal);
                    if (Interlocked.Increment(ref served) == 500)
                    {
                        halfway.SetResult();
                    }
                }
            }
        }))];
        await halfway.Task.WaitAsync(Patience);
        await gateway.StopAsync();

        await Task.WhenAll(clients).WaitAsync(Patience);
        served.Should().BeGreaterThan(500);
    }

    /// <summary>What the admin port says: its connections are not those that are asked to close.</summary>
    private static async Task<HttpStatusCode> ReadinessAsync(TestGateway gateway)
    {
        using HttpResponseMessage ready = await gateway.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Admin, "/health/ready")), CancellationToken.None);
        return ready.StatusCode;
    }

    private static async Task ConnectAsync(Uri address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, address.Port);
    }
}
