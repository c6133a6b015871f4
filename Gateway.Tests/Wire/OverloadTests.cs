using System.Net;
using Gateway.Core.Backends;
using Gateway.Core.Reception;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>More requests than there is room for.</summary>
public sealed class OverloadTests
{
    [Fact]
    public async Task GatewayThatIsFull_RefusesAtOnce_ButTellsOfItsHealth()
    {
        var release = new TaskCompletionSource();
        await using TestInstance slow = await TestInstance.StartAsync(_ => release.Task);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(slow.Url) with { Overload = new OverloadOptions { MaxRequests = 2 } });
        Task<HttpResponseMessage> first = gateway.GetAsync("/1"), second = gateway.GetAsync("/2");
        await Eventually.BecomesAsync(() => Task.FromResult(slow.Requests), static count => count == 2);

        HttpResponseMessage refused = await gateway.GetAsync("/3");
        refused.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
        await Problems.ExpectAsync(gateway, refused, HttpStatusCode.ServiceUnavailable, "overloaded");
        await gateway.GetAsync("/health/live").ShouldBeOkAsync();
        await gateway.GetAsync("/health/ready").ShouldBeOkAsync();

        release.SetResult();
        await first.ShouldBeOkAsync();
        await second.ShouldBeOkAsync();
        await gateway.GetAsync("/4").ShouldBeOkAsync();
    }

    [Fact]
    public async Task InstanceThatIsFull_IsPassedOver_AndWithoutAnotherTheRequestIsRefused()
    {
        var release = new TaskCompletionSource();
        await using TestInstance slow = await TestInstance.StartAsync(_ => release.Task);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Concurrency = new ConcurrencyOptions { MaxPerInstance = 1, Adaptive = false } }, slow.Url));
        Task<HttpResponseMessage> first = gateway.GetAsync("/1");
        await Eventually.BecomesAsync(() => Task.FromResult(slow.Requests), static count => count == 1);

        await Problems.ExpectAsync(gateway, await gateway.GetAsync("/2"), HttpStatusCode.ServiceUnavailable, "overloaded");
        release.SetResult();
        await first.ShouldBeOkAsync();
        await gateway.GetAsync("/3").ShouldBeOkAsync();
    }
}
