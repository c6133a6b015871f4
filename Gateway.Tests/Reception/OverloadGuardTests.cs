using Gateway.Core.Context;
using Gateway.Core.Errors;
using Gateway.Core.Reception;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Reception;

public sealed class OverloadGuardTests
{
    private readonly Places _places = new();

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
    public void Most_FollowsTheMemory() => OverloadGuard.MostOfThisProcess().Should().BeInRange(1_000, 100_000);

    private async Task<GatewayContext> RunAsync()
    {
        GatewayContext context = Given.Context();
        await new OverloadGuard(static _ => Task.CompletedTask, _places, most: 2).InvokeAsync(context);
        return context;
    }
}
