using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.RateLimiting;
using Gateway.Core.Resilience;
using Gateway.Core.Testing;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Testing;

public sealed class GatewayTestHostTests
{
    [Fact]
    public async Task Limit_IsRefusedByName_AndGivesAgainWhenTheTestsClockGoesOn()
    {
        var clock = new FakeTimeProvider();
        await using ScriptedService orders = await ScriptedService.StartAsync();
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(TestOptions.For(orders.Url) with
        {
            RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["one"] = new() { Capacity = 1, RefillPerSecond = 1 } },
            DefaultRateLimits = ["one"],
        }, clock);

        await GetAsync(gateway);
        await GetAsync(gateway);
        clock.Advance(TimeSpan.FromSeconds(1));
        await GetAsync(gateway);

        await gateway.SettledAsync();
        gateway.Decisions.Should().Equal("answered 200 by svc", "refused with rate_limited", "answered 200 by svc");
    }

    [Fact]
    public async Task Circuit_OpensAndCloses_InTheStory()
    {
        var clock = new FakeTimeProvider();
        await using ScriptedService orders = await ScriptedService.StartAsync();
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(
            TestOptions.For(new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { Timeout = TimeSpan.FromSeconds(30) } }, orders.Url), clock);
        orders.AnswerWith(500, "broken");

        for (int i = 0; i < 6; i++)
        {
            await GetAsync(gateway);
        }

        orders.AnswerWith(200);
        clock.Advance(TimeSpan.FromSeconds(30));
        await GetAsync(gateway);

        await gateway.SettledAsync();
        gateway.Decisions.Should().Equal(
            "answered 500 by svc", "answered 500 by svc", "answered 500 by svc", "answered 500 by svc", "circuit opened after 5 failures in a row",
            "answered 500 by svc", "refused with circuit_open", "circuit closed", "answered 200 by svc");
        orders.Received.Should().HaveCount(6);
    }

    [Fact]
    public async Task SecondAttempt_IsTold()
    {
        await using ScriptedService broken = await ScriptedService.StartAsync();
        await using ScriptedService good = await ScriptedService.StartAsync();
        broken.BreakOff();
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(
            TestOptions.For(new ServiceOptions { Retry = new RetryOptions { BaseBackoff = TimeSpan.Zero } }, broken.Url, good.Url));

        await GetAsync(gateway);

        await gateway.SettledAsync();
        gateway.Decisions.Should().Equal("answered 200 by svc after 2 attempts");
    }

    [Fact]
    public async Task OtherMethods_AreSentAsTheyAre()
    {
        await using ScriptedService orders = await ScriptedService.StartAsync();
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(TestOptions.For(orders.Url));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/x?y=%20") { Content = new StringContent("hello") };

        using HttpResponseMessage answer = await gateway.SendAsync(request);

        (orders.Received[0].Method, orders.Received[0].Target).Should().Be(("POST", "/x?y=%20"));
        orders.Received[0].Headers.Should().Contain("content-length", "5");
    }

    [Fact]
    public void WrongOptions_AreToldAtTheStart()
    {
        Func<Task> start = () => GatewayTestHost.StartAsync(TestOptions.For("nope"));
        start.Should().ThrowAsync<ArgumentException>().WithMessage("Gateway:Services:svc:Instances:0:Url: 'nope' is not*");
    }

    [Fact]
    public async Task OfMoreDecisionsThanAreKept_TheLastStay()
    {
        await using GatewayTestHost gateway = await GatewayTestHost.StartAsync(new GatewayOptions());
        for (int i = 0; i < 10_001; i++)
        {
            gateway.Decided("early");
        }

        gateway.Decided("last");
        gateway.Decisions.Should().HaveCount(10_000).And.EndWith("last");
    }

    private static async Task GetAsync(GatewayTestHost gateway)
    {
        using HttpResponseMessage answer = await gateway.GetAsync("/x");
    }
}
