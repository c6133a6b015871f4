using Gateway.Core.Backends;
using Gateway.Core.LoadBalancing;
using Gateway.Tests.Kit;

namespace Gateway.Tests.LoadBalancing;

public sealed class LoadBalancerTests
{
    public static TheoryData<LoadBalancingPolicy> Policies() => [.. Enum.GetValues<LoadBalancingPolicy>()];

    [Theory]
    [MemberData(nameof(Policies))]
    public void EveryPolicy_ChoosesACandidate(LoadBalancingPolicy policy)
    {
        BackendService service = Given.Service(1, 2, 3);
        var balancer = LoadBalancer.Create(policy);
        for (int i = 0; i < 50; i++)
        {
            service.Healthy.Should().Contain(balancer.Choose(service.Healthy));
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task EveryPolicy_StandsCandidatesThatChangeUnderManyThreads(LoadBalancingPolicy policy)
    {
        BackendService service = Given.Service(1, 2, 3);
        ServiceInstance[][] sets = [service.Instances, service.Instances[..1], service.Instances[1..], [service.Instances[0], service.Instances[2]]];
        var balancer = LoadBalancer.Create(policy);
        int strangers = 0;
        await Given.OnThreads(4, thread =>
        {
            for (int i = 0; i < 2_000; i++)
            {
                ServiceInstance[] candidates = sets[(thread + i) % sets.Length];
                ServiceInstance chosen = balancer.Choose(candidates);
                chosen.Enter();
                if (!candidates.Contains(chosen))
                {
                    Interlocked.Increment(ref strangers);
                }

                chosen.Leave();
            }
        });

        strangers.Should().Be(0);
    }

    [Fact]
    public void UnknownPolicy_IsRefused() =>
        FluentActions.Invoking(() => LoadBalancer.Create((LoadBalancingPolicy)99)).Should().Throw<ArgumentOutOfRangeException>();

    [Fact]
    public void Alone_ItChoosesAmongInstancesOfTheCallers()
    {
        var balancer = LoadBalancer.Create(LoadBalancingPolicy.LeastConnections);
        ServiceInstance[] instances = [new("http://10.0.0.1:80", weight: 1, index: 0), new("http://10.0.0.2:80", weight: 2, index: 1)];
        for (int i = 0; i < 30; i++)
        {
            balancer.Choose(instances).Enter();
        }

        instances.Select(static instance => instance.InFlight).Should().Equal(10, 20);
    }

    [Fact]
    public void NoCandidates_AreADefectOfTheCaller() =>
        FluentActions.Invoking(() => LoadBalancer.Create(LoadBalancingPolicy.RoundRobin).Choose([])).Should().Throw<Exception>();
}
