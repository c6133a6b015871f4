using Gateway.Core.Backends;
using Gateway.Core.LoadBalancing;
using Gateway.Tests.Kit;

namespace Gateway.Tests.LoadBalancing;

public sealed class RoundRobinTests
{
    private readonly LoadBalancer _balancer = LoadBalancer.Create(LoadBalancingPolicy.RoundRobin);
    private readonly BackendService _service = Given.Service(1, 1, 1);

    [Fact]
    public void Instances_TakeTurnsFromTheFirst() => Choose(7).Should().Equal(0, 1, 2, 0, 1, 2, 0);

    [Fact]
    public void Weights_DoNotCount()
    {
        BackendService service = Given.Service(9, 1);
        Enumerable.Range(0, 4).Select(_ => _balancer.Choose(service.Healthy).Index).Should().Equal(0, 1, 0, 1);
    }

    [Fact]
    public void UnhealthyInstance_IsLeftOutAndComesBack()
    {
        Given.Health(_service, 1, HealthStatus.Unhealthy);
        Choose(30).Should().NotContain(1).And.Contain(0).And.Contain(2);

        Given.Health(_service, 1, HealthStatus.Healthy);
        Choose(30).Count(index => index == 1).Should().Be(10);
    }

    [Fact]
    public void SingleInstance_IsChosenAlways() =>
        _balancer.Choose([_service.Instances[2]]).Should().BeSameAs(_service.Instances[2]);

    [Fact]
    public async Task ManyThreads_ShareEvenlyToTheLastRequest()
    {
        int[] chosen = new int[3];
        await Given.OnThreads(6, _ =>
        {
            for (int i = 0; i < 5_000; i++)
            {
                Interlocked.Increment(ref chosen[_balancer.Choose(_service.Healthy).Index]);
            }
        });

        chosen.Should().Equal(10_000, 10_000, 10_000);
    }

    [Fact]
    public void Choice_DoesNotAllocate() => Allocations.Of(() => _balancer.Choose(_service.Healthy)).Should().Be(0);

    private int[] Choose(int times) => [.. Enumerable.Range(0, times).Select(_ => _balancer.Choose(_service.Healthy).Index)];
}
