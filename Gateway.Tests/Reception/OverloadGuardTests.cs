using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Reception;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Reception;

public sealed class OverloadGuardTests
{
    private readonly Places _places = new();
    private readonly OverloadLimit _limit = new();
    private int _most = 2;

    [Fact]
    public async Task BeyondTheLimit_RequestsAreRefusedWithRetryAfter_UntilOneIsOver()
    {
        GatewayContext first = await RunAsync(), second = await RunAsync(), third = await RunAsync();
        (first.Error, second.Error).Should().Be((GatewayError.None, GatewayError.None));
        (third.Error, third.RetryAfterSeconds, _places.Taken).Should().Be((GatewayError.Overloaded, 1, 2));
        third.End();
        _places.Taken.Should().Be(2, "it had no place");

        first.End();
        first.End();
        _places.Taken.Should().Be(1);
        (await RunAsync()).Error.Should().Be(GatewayError.None);
    }

    [Fact]
    public async Task WhatHasBecomeAStream_TakesNoPlace()
    {
        GatewayContext socket = await RunAsync();
        socket.BecameAStream();
        _places.Taken.Should().Be(0);
        socket.End();
        _places.Taken.Should().Be(0);
    }

    [Fact]
    public void Most_IsTheOptionOrFollowsTheMemory()
    {
        OverloadGuard.MostOf(new OverloadOptions()).Should().BeInRange(1_000, 100_000);
        OverloadGuard.MostOf(new OverloadOptions { MaxRequests = 7 }).Should().Be(7);
    }

    [Fact]
    public async Task WhileTheGatewayIsLate_FewerAreTaken()
    {
        _most = 1_000;
        for (int i = 0; i < 40 * OverloadLimit.Samples; i++)
        {
            _limit.Waited(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100), underWay: OverloadLimit.Least);
        }

        for (int i = 0; i < OverloadLimit.Least; i++)
        {
            (await RunAsync()).Error.Should().Be(GatewayError.None);
        }

        (await RunAsync()).Error.Should().Be(GatewayError.Overloaded);
    }

    private async Task<GatewayContext> RunAsync()
    {
        GatewayContext context = Given.Context();
        await new OverloadGuard(static _ => Task.CompletedTask, _places, _limit, new OverloadOptions { MaxRequests = _most }).InvokeAsync(context);
        return context;
    }
}
