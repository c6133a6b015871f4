using System.Text.RegularExpressions;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.House;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Spec;

public sealed class HorizontalScalingTests
{
    [Fact]
    public void Deployment_HasTheSpecsNumbers()
    {
        string deployment = Regex.Replace(Repository.Read("k8s/deployment.yaml"), @"\s+", " ");

        deployment.Should().Contain("replicas: 3").And.Contain("containerPort: 8000")
            .And.Contain("requests: cpu: 100m memory: 128Mi limits: cpu: 500m memory: 512Mi");
    }

    [Fact]
    public async Task Gateways_ShareNothingThatOneCouldMissWhenAnotherLeaves()
    {
        await using TestInstance service = await TestInstance.StartEchoAsync();
        await using TestAuthService auth = await TestAuthService.StartAsync();
        GatewayOptions options = TestOptions.For(service.Url).WithRoute(TestOptions.AnyPath with { Auth = RouteAuth.Required }) with
        {
            Auth = new AuthOptions { ServiceUrl = auth.Url },
        };
        await using TestGateway staying = await TestGateway.StartAsync(options);
        await using (TestGateway leaving = await TestGateway.StartAsync(options))
        {
            await leaving.GetAsync("/", ("Authorization", "Bearer alice")).ShouldBeOkAsync();
        }

        (await staying.GetAsync("/", ("Authorization", "Bearer alice")).ShouldBeOkAsync()).Should().Contain("X-User-ID: alice");
    }

    [Fact]
    public async Task MetricsOfOneGateway_AreItsOwn()
    {
        await using TestInstance service = await TestInstance.StartEchoAsync();
        await using TestGateway busy = await TestGateway.StartAsync(TestOptions.For(service.Url));
        await using TestGateway idle = await TestGateway.StartAsync(TestOptions.For(service.Url));

        await busy.GetToTheEndAsync("/");

        (await busy.ScrapeAsync()).Should().Contain("gateway_requests_total{");
        (await idle.ScrapeAsync()).Should().NotContain("gateway_requests_total{");
    }
}
