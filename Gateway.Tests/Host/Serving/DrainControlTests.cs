using System.Net;
using Gateway.Host.Serving;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Serving;

public sealed class DrainControlTests
{
    [Fact]
    public async Task OperatorsDrain_CanBeTakenBack_ShutdownsCannot()
    {
        await using TestInstance service = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartHereAsync(TestOptions.For(service.Url));
        var drain = new DrainControl(gateway.Server.Pipeline);

        drain.TrySet(DrainState.Manual).Should().BeTrue();
        drain.TrySet(DrainState.Manual).Should().BeTrue();
        (drain.State, await ReadyAsync(gateway)).Should().Be((DrainState.Manual, HttpStatusCode.ServiceUnavailable));
        using (HttpResponseMessage answer = await gateway.GetAsync("/"))
        {
            (answer.StatusCode, answer.Headers.ConnectionClose).Should().Be((HttpStatusCode.OK, true), "what comes is served");
        }

        drain.TrySet(DrainState.Off).Should().BeTrue();
        (drain.State, await ReadyAsync(gateway)).Should().Be((DrainState.Off, HttpStatusCode.OK));
        drain.TrySet(DrainState.Shutdown).Should().BeTrue();
        drain.TrySet(DrainState.Off).Should().BeFalse();
        drain.TrySet(DrainState.Manual).Should().BeFalse();
        (drain.State, await ReadyAsync(gateway)).Should().Be((DrainState.Shutdown, HttpStatusCode.ServiceUnavailable));
    }

    private static async Task<HttpStatusCode> ReadyAsync(TestGateway gateway)
    {
        using HttpResponseMessage answer = await gateway.GetAsync("/health/ready");
        return answer.StatusCode;
    }
}
