using System.Net;
using Gateway.Core.Reception;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Spec;

/// <summary>The sketch closed its listener at once; load balancers need to notice first. Process/ServingTests has the signals.</summary>
public sealed class GracefulShutdownTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void RequestsInFlight_HaveTheSpecs30Seconds() => new ShutdownOptions().DrainTimeout.Should().Be(TimeSpan.FromSeconds(30));

    [Fact]
    public async Task Listener_StaysOpenAfterReadinessHasTurnedUntilTheDelayIsOver()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using TestInstance service = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(service.Url) with { Shutdown = new ShutdownOptions { DrainDelay = TimeSpan.FromSeconds(7) } }, clock);
        int port = gateway.Address.Port;
        Task stopping = gateway.StopAsync();

        using HttpResponseMessage ready = await gateway.GetAsync("/health/ready");
        clock.Advance(TimeSpan.FromSeconds(7) - TimeSpan.FromTicks(1));
        using HttpResponseMessage late = await gateway.GetAsync("/");
        clock.Advance(TimeSpan.FromTicks(1));
        await stopping.WaitAsync(Patience);

        ready.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        late.StatusCode.Should().Be(HttpStatusCode.OK);
        late.Headers.ConnectionClose.Should().BeTrue("keep-alive ends here");
        await FluentActions.Awaiting(() => RawConnection.ToAsync(port)).Should().ThrowAsync<System.Net.Sockets.SocketException>();
    }

    [Fact]
    public async Task RequestInFlight_IsAnsweredInFull()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestInstance service = await TestInstance.StartAsync(async http =>
        {
            arrived.SetResult();
            await go.Task.WaitAsync(Patience);
            await http.Response.WriteAsync("all of it");
        });
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(service.Url));
        Task<HttpResponseMessage> request = gateway.GetAsync("/");
        await arrived.Task.WaitAsync(Patience);

        Task stopping = gateway.StopAsync();
        go.SetResult();

        (await request.ShouldBeOkAsync()).Should().Be("all of it");
        await stopping.WaitAsync(Patience);
    }
}
