using Gateway.Core.Backends;
using Gateway.Core.LoadBalancing;
using Gateway.Tests.Kit;

namespace Gateway.Tests.LoadBalancing;

public sealed class WeightedRoundRobinTests
{
    private readonly LoadBalancer _balancer = LoadBalancer.Create(LoadBalancingPolicy.WeightedRoundRobin);

    [Fact]
    public void Weights_AreInterleavedWithoutBursts() =>
        string.Concat(Choose(Given.Service(5, 1, 1), 14).Select(index => "abc"[index])).Should().Be("aabacaaaabacaa");

    [Fact]
    public void EqualWeights_TakeTurns() => Choose(Given.Service(3, 3, 3), 6).Should().Equal(0, 1, 2, 0, 1, 2);

    [Theory]
    [InlineData(9, 1)]
    [InlineData(7, 5, 3, 2)]
    [InlineData(10_000, 1)]
    public void EveryRound_GivesEachExactlyItsWeight(params int[] weights)
    {
        BackendService service = Given.Service(weights);
        for (int round = 0; round < 3; round++)
        {
            int[] chosen = Choose(service, weights.Sum());
            weights.Select((_, index) => chosen.Count(choice => choice == index)).Should().Equal(weights);
        }
    }

    [Fact]
    public void LeavingInstance_LeavesItsShareToTheOthersByWeight()
    {
        BackendService service = Given.Service(6, 3, 1);
        Choose(service, 7);
        Given.Health(service, 0, HealthStatus.Unhealthy);

        int[] chosen = Choose(service, 400);

        chosen.Should().NotContain(0);
        chosen.Count(index => index == 1).Should().BeInRange(297, 303);
    }

    [Fact]
    public void ReturningInstance_GetsItsShareBackWithoutABurst()
    {
        BackendService service = Given.Service(1, 1, 1);
        Choose(service, 4);
        Given.Health(service, 0, HealthStatus.Unhealthy);
        Choose(service, 1_000);
        Given.Health(service, 0, HealthStatus.Healthy);

        int[] chosen = Choose(service, 9);

        chosen.Count(index => index == 0).Should().BeInRange(2, 4);
    }

    [Fact]
    public async Task ManyThreads_GetExactShares()
    {
        BackendService service = Given.Service(5, 3, 2);
        int[] chosen = new int[3];
        await Given.OnThreads(4, _ =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                Interlocked.Increment(ref chosen[_balancer.Choose(service.Healthy).Index]);
            }
        });

        chosen.Should().Equal(10_000, 6_000, 4_000);
    }

    [Fact]
    public void Choice_DoesNotAllocate()
    {
        BackendService service = Given.Service(5, 1, 1);
        Allocations.Of(() => _balancer.Choose(service.Healthy)).Should().Be(0);
    }

    private int[] Choose(BackendService service, int times) =>
        [.. Enumerable.Range(0, times).Select(_ => _balancer.Choose(service.Healthy).Index)];
}
