using Gateway.Core.Backends;
using Gateway.Core.LoadBalancing;
using Gateway.Tests.Kit;

namespace Gateway.Tests.LoadBalancing;

public sealed class PowerOfTwoChoicesTests
{
    private readonly LoadBalancer _balancer = LoadBalancer.Create(LoadBalancingPolicy.PowerOfTwoChoices);

    [Fact]
    public void OfTwoInstances_TheLessLoadedIsAlwaysChosen()
    {
        BackendService service = Given.Service(1, 1);
        service.Instances[0].Enter();
        Choose(service, 200).Should().AllBeEquivalentTo(1, "the two drawn are never the same one");
    }

    [Fact]
    public void MostLoadedInstance_IsNeverChosen()
    {
        BackendService service = Given.Service(1, 1, 1, 1);
        service.Instances[2].Enter();
        Choose(service, 500).Should().NotContain(2);
    }

    [Fact]
    public void IdleInstances_AreAllChosen()
    {
        BackendService service = Given.Service(1, 1, 1, 1);
        int[] chosen = Choose(service, 4_000);

        // 1,000 expected each, with a standard deviation of 27: outside of these bounds once in 10^28 runs.
        Enumerable.Range(0, 4).Should().OnlyContain(index => chosen.Count(choice => choice == index) > 700);
    }

    [Fact]
    public void Load_SpreadsNearlyEvenly()
    {
        BackendService service = Given.Service(1, 1, 1, 1, 1, 1, 1, 1);
        for (int i = 0; i < 8_000; i++)
        {
            _balancer.Choose(service.Healthy).Enter();
        }

        service.Instances.Should().OnlyContain(instance => instance.InFlight > 980 && instance.InFlight < 1_020);
    }

    [Fact]
    public void UnhealthyInstance_IsLeftOut()
    {
        BackendService service = Given.Service(1, 1, 1);
        Given.Health(service, 1, HealthStatus.Unhealthy);
        Choose(service, 200).Should().NotContain(1);
    }

    [Fact]
    public void Choice_DoesNotAllocate()
    {
        BackendService service = Given.Service(1, 1, 1);
        Allocations.Of(() => _balancer.Choose(service.Healthy)).Should().Be(0);
    }

    private int[] Choose(BackendService service, int times) =>
        [.. Enumerable.Range(0, times).Select(_ => _balancer.Choose(service.Healthy).Index)];
}
