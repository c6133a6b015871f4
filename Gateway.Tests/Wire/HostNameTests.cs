using System.Net;
using System.Text.Json;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>Instances that are given by a host name.</summary>
public sealed class HostNameTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task InstanceWithAName_IsReached(bool health)
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        var service = new ServiceOptions { HealthCheck = health ? new HealthCheckOptions { Interval = TimeSpan.FromMilliseconds(10), Fall = 1 } : null };
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(service, instance.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)));

        if (health)
        {
            await Eventually.BecomesAsync(() => Task.FromResult(instance.Requests), static count => count > 2);
        }

        (await gateway.GetToTheEndAsync("/x")).Should().StartWith("GET /x\n");
    }

    [Fact]
    public async Task NameThatCannotBeResolved_IsLoggedOnceWhateverFailsMeanwhile()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For("http://no-such-host.invalid:80"));

        for (int i = 0; i < 3; i++)
        {
            JsonElement problem = await Problems.ExpectAsync(gateway, await gateway.GetAsync("/"), HttpStatusCode.BadGateway, "connect_failed");
            problem.GetProperty("detail").GetString().Should().Be("The instance's name could not be resolved.");
        }

        gateway.LogLines.Where(static line => line.GetRawText().Contains("Host name no-such-host.invalid cannot be resolved", StringComparison.Ordinal))
            .Should().ContainSingle();
    }
}
