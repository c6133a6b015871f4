using Gateway.Core.Backends;
using Gateway.Core.LoadBalancing;
using Gateway.Tests.Kit;

namespace Gateway.Tests.LoadBalancing;

public sealed class LeastConnectionsTests
{
    private readonly LoadBalancer _balancer = LoadBalancer.Create(LoadBalancingPolicy.LeastConnections);

    [Fact]
    public void LeastLoaded_IsChosen()
    {
        BackendService service = Loaded(Given.Service(1, 1, 1), 3, 1, 2);
        Choose(service, 5).Should().AllBeEquivalentTo(1);
    }

    [Fact]
    public void Load_IsMeasuredByWeight()
    {
        BackendService service = Loaded(Given.Service(10, 1), 9, 1);
        Choose(service, 3).Should().AllBeEquivalentTo(0, "nine of ten is less than one of one");
    }

    [Fact]
    public void EquallyLoaded_TakeTurnsExactly()
    {
        BackendService service = Loaded(Given.Service(1, 1, 1, 1, 1), 0, 0, 0, 7, 7);
        int[] chosen = Choose(service, 300);
        Enumerable.Range(0, 5).Select(index => chosen.Count(choice => choice == index)).Should().Equal(100, 100, 100, 0, 0);
    }

    [Fact]
    public void TiesAmongWeights_TakeTurns()
    {
        BackendService service = Loaded(Given.Service(2, 4, 1), 1, 2, 5);
        Choose(service, 4).Should().Equal(0, 1, 0, 1);
    }

    [Fact]
    public void LongLivedConnections_SpreadByWeight()
    {
        BackendService service = Given.Service(3, 2, 1);
        for (int i = 0; i < 60; i++)
        {
            _balancer.Choose(service.Healthy).Enter();
        }

        service.Instances.Select(instance => instance.InFlight).Should().Equal(30, 20, 10);
    }

    [Fact]
    public void UnhealthyInstance_IsLeftOutThoughIdle()
    {
        BackendService service = Loaded(Given.Service(1, 1, 1), 0, 5, 9);
        Given.Health(service, 0, HealthStatus.Unhealthy);
        Choose(service, 3).Should().AllBeEquivalentTo(1);

        Given.Health(service, 0, HealthStatus.Healthy);
        Choose(service, 3).Should().AllBeEquivalentTo(0);
    }

    [Fact]
    public async Task ManyThreads_LeaveNobodyIdle()
    {
        BackendService service = Given.Service(1, 1, 1);
        await Given.OnThreads(6, _ =>
        {
            for (int i = 0; i < 1_000; i++)
            {
                _balancer.Choose(service.Healthy).Enter();
            }
        });

        service.Instances.Sum(instance => instance.InFlight).Should().Be(6_000);
        service.Instances.Should().OnlyContain(instance => instance.InFlight > 1_900);
    }

    [Fact]
    public void Choice_DoesNotAllocate()
    {
        BackendService service = Given.Service(1, 1, 1);
        Allocations.Of(() => _balancer.Choose(service.Healthy)).Should().Be(0);
    }

    private static BackendService Loaded(BackendService service, params int[] loads)
    {
        for (int index = 0; index < loads.Length; index++)
        {
            for (int i = 0; i < loads[index]; i++)
            {
                service.Instances[index].Enter();
            }
        }

        return service;
    }

    private int[] Choose(BackendService service, int times) =>
        [.. Enumerable.Range(0, times).Select(_ => _balancer.Choose(service.Healthy).Index)];
}
