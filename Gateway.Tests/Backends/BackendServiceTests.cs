using Gateway.Core.Backends;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Backends;

public sealed class BackendServiceTests
{
    [Fact]
    public void Instances_KnowTheirPlaceAddressAndWeight()
    {
        BackendService service = Given.Service(3, 7);
        service.Instances.Select(instance => instance.Index).Should().Equal(0, 1);
        service.Instances[1].Weight.Should().Be(7);
        service.Instances[1].Name.Should().Be("10.0.0.2:80");
        service.Instances[1].Origin.Should().Be("http://10.0.0.2");
    }

    [Fact]
    public void BeforeAnyCheck_AllAreHealthy()
    {
        BackendService service = Given.Service(1, 1);
        service.Healthy.Should().Equal(service.Instances);
    }

    [Fact]
    public void Healthy_FollowsTheInstancesInTheirOrder()
    {
        BackendService service = Given.Service(1, 1, 1);
        Given.Health(service, 0, HealthStatus.Unhealthy);
        service.Healthy.Should().Equal(service.Instances[1], service.Instances[2]);

        Given.Health(service, 1, HealthStatus.Unhealthy);
        Given.Health(service, 2, HealthStatus.Unhealthy);
        service.Healthy.Should().BeEmpty();

        Given.Health(service, 0, HealthStatus.Healthy);
        service.Healthy.Should().Equal(service.Instances[0]);
    }

    /// <summary>Without a lock, the slower of two could put back a list that the faster had already replaced.</summary>
    [Fact]
    public async Task ChangesAtOnce_NoneIsLost()
    {
        BackendService service = Given.Service(1, 1, 1, 1);
        for (int round = 0; round < 200; round++)
        {
            HealthStatus status = round % 2 == 0 ? HealthStatus.Unhealthy : HealthStatus.Healthy;
            await Given.OnThreads(4, instance => Given.Health(service, instance, status));
            service.Healthy.Should().HaveCount(status == HealthStatus.Healthy ? 4 : 0);
        }
    }

    [Fact]
    public async Task InFlight_IsCountedExactlyByManyThreads()
    {
        ServiceInstance instance = Given.Service(1).Instances[0];
        await Given.OnThreads(4, thread =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                instance.Enter();
                if (thread != 0)
                {
                    instance.Leave();
                }
            }
        });

        instance.InFlight.Should().Be(10_000);
    }

    [Fact]
    public void AddressThatIsNone_IsRefused() =>
        FluentActions.Invoking(() => Given.Service(new ServiceOptions { Instances = [new() { Url = "ftp://x" }] }))
            .Should().Throw<ArgumentException>();
}
