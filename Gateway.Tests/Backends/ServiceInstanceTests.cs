using Gateway.Core.Backends;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Backends;

public sealed class ServiceInstanceTests
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

    [Theory]
    [InlineData("nope", 1, 0)]
    [InlineData("http://10.0.0.1:80", 0, 0)]
    [InlineData("http://10.0.0.1:80", 1, -1)]
    public void InstanceByItself_IsAnAddressWithAWeightAndAPlace(string url, int weight, int index) =>
        FluentActions.Invoking(() => new ServiceInstance(url, weight, index)).Should().Throw<ArgumentException>();
}
