using System.Net;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Spec;

public sealed class FaultToleranceTests : IAsyncLifetime
{
    /// <summary>Quick, but patient with an instance on a busy machine.</summary>
    private static readonly HealthCheckOptions Checks =
        new() { Path = "/up", Interval = TimeSpan.FromMilliseconds(100), Timeout = TimeSpan.FromSeconds(20), Rise = 2, Fall = 3 };

    private TestInstance _one = null!;
    private TestInstance _two = null!;
    private TestGateway _gateway = null!;
    private bool _oneIsDown;
    private bool _twoIsDown;

    public async Task InitializeAsync()
    {
        _one = await TestInstance.StartAsync(http => AnswerAsync(http, Volatile.Read(ref _oneIsDown)));
        _two = await TestInstance.StartAsync(http => AnswerAsync(http, Volatile.Read(ref _twoIsDown)));
        _gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { HealthCheck = Checks }, _one.Url, _two.Url));
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _one.DisposeAsync();
        await _two.DisposeAsync();
    }

    [Fact]
    public async Task InstanceThatFailsItsChecks_GetsNoRequestsUntilItIsWellAgain()
    {
        Volatile.Write(ref _oneIsDown, true);
        await UntilHealthyAsync(1);
        for (int i = 0; i < 6; i++)
        {
            (await _gateway.GetAsync("/").ShouldBeOkAsync()).Should().Be("up");
        }

        Volatile.Write(ref _oneIsDown, false);
        await UntilHealthyAsync(2);
        (await _gateway.ScrapeAsync()).Should().MatchRegex($"(?m)^gateway_instance_healthy\\{{[^}}]*instance=\"{new Uri(_one.Url).Authority}\"[^}}]*\\}} 1");
    }

    [Fact]
    public async Task WhenAllFail_TheServiceIsRefusedWithATimeToComeBack()
    {
        Volatile.Write(ref _oneIsDown, true);
        Volatile.Write(ref _twoIsDown, true);
        await UntilHealthyAsync(0);

        using HttpResponseMessage response = await _gateway.GetAsync("/").ShouldBeRefusedAsync(HttpStatusCode.ServiceUnavailable, "no_healthy_instance");

        response.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1), "that is when it is checked again, rounded up");
    }

    /// <summary>Waits until as many instances are believed in.</summary>
    private async Task UntilHealthyAsync(int count) =>
        (await Eventually.BecomesAsync(
            () => Task.FromResult(_gateway.Server.Pipeline.Parts.Services[0].Healthy.Length), healthy => healthy == count)).Should().Be(count);

    private static Task AnswerAsync(HttpContext http, bool isDown)
    {
        http.Response.StatusCode = isDown ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        return http.Response.WriteAsync(isDown ? "down" : "up");
    }
}
