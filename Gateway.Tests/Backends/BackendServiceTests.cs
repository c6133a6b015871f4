using Gateway.Core.Backends;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Backends;

public sealed class BackendServiceTests
{
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
}
