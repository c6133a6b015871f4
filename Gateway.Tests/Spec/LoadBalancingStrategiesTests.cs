using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Spec;

public sealed class LoadBalancingStrategiesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task RoundRobin_IsTheDefaultAndAsksEachInTurn()
    {
        await using TestInstance a = await TestInstance.StartEchoAsync(), b = await TestInstance.StartEchoAsync(), c = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(a.Url, b.Url, c.Url));

        await AskAsync(gateway, 9);

        new[] { a.Requests, b.Requests, c.Requests }.Should().Equal(3, 3, 3);
    }

    [Fact]
    public async Task WeightedRoundRobin_GivesACanaryItsShare()
    {
        await using TestInstance stable = await TestInstance.StartEchoAsync(), canary = await TestInstance.StartEchoAsync();
        GatewayOptions options = TestOptions.For() with
        {
            Services = new Dictionary<string, ServiceOptions>
            {
                ["svc"] = new()
                {
                    LoadBalancing = LoadBalancingPolicy.WeightedRoundRobin,
                    Instances = [new() { Url = stable.Url, Weight = 9 }, new() { Url = canary.Url, Weight = 1 }],
                },
            },
        };
        await using TestGateway gateway = await TestGateway.StartAsync(options);

        await AskAsync(gateway, 20);

        (stable.Requests, canary.Requests).Should().Be((18, 2));
    }

    [Fact]
    public async Task LeastConnections_LeavesABusyInstanceAlone()
    {
        var arrived = new TaskCompletionSource<HttpContext>(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int[] asked = new int[2];
        Task Answer(HttpContext http, int instance)
        {
            Interlocked.Increment(ref asked[instance]);
            return http.Request.Path == "/long" && arrived.TrySetResult(http) ? go.Task : Task.CompletedTask;
        }

        await using TestInstance a = await TestInstance.StartAsync(http => Answer(http, 0)), b = await TestInstance.StartAsync(http => Answer(http, 1));
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(new ServiceOptions { LoadBalancing = LoadBalancingPolicy.LeastConnections }, a.Url, b.Url));

        Task<HttpResponseMessage> busy = gateway.GetAsync("/long");
        await arrived.Task.WaitAsync(Patience);
        await AskAsync(gateway, 6);

        asked.Order().Should().Equal(1, 6);
        go.SetResult();
        await busy.ShouldBeOkAsync();
    }

    [Theory]
    [InlineData(LoadBalancingPolicy.RoundRobin)]
    [InlineData(LoadBalancingPolicy.WeightedRoundRobin)]
    [InlineData(LoadBalancingPolicy.LeastConnections)]
    [InlineData(LoadBalancingPolicy.PowerOfTwoChoices)]
    public async Task EveryStrategy_ExcludesUnhealthyInstances(LoadBalancingPolicy policy)
    {
        await using TestInstance well = await TestInstance.StartEchoAsync(), ill = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(new ServiceOptions { LoadBalancing = policy }, well.Url, ill.Url));
        Given.Health(gateway.Server.Pipeline.Parts.Services[0], 1, HealthStatus.Unhealthy);

        await AskAsync(gateway, 8);

        (well.Requests, ill.Requests).Should().Be((8, 0));
    }

    private static async Task AskAsync(TestGateway gateway, int times)
    {
        for (int i = 0; i < times; i++)
        {
            await gateway.GetToTheEndAsync("/");
        }
    }
}
