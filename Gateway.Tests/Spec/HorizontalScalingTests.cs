extern alias Manifests;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.Kit;
using Gateway.Tests.Manifests;
using Manifests::k8s.Models;

namespace Gateway.Tests.Spec;

public sealed class HorizontalScalingTests
{
    [Fact]
    public void Deployment_HasTheSpecsNamesLabelsAndNumbers()
    {
        V1Deployment deployment = ManifestSet.OfBase().Of<V1Deployment>().Single();
        deployment.ApiVersion.Should().Be("apps/v1");
        deployment.Metadata.Name.Should().Be("api-gateway");
        deployment.Spec.Replicas.Should().Be(3);
        deployment.Spec.Selector.MatchLabels.Should().Equal(new Dictionary<string, string> { ["app"] = "api-gateway" });
        deployment.Spec.Template.Metadata.Labels.Should().Contain("app", "api-gateway");

        V1Container container = deployment.Spec.Template.Spec.Containers.Should().ContainSingle().Which;
        container.Name.Should().Be("gateway");
        container.Image.Split(':')[0].Should().Be("api-gateway");
        container.Ports.Single().ContainerPort.Should().Be(8000);
        Of(container.Resources.Requests).Should().Be("100m 128Mi");
        Of(container.Resources.Limits).Should().Be("500m 512Mi");

        static string Of(IDictionary<string, ResourceQuantity> resources) => $"{resources["cpu"]} {resources["memory"]}";
    }

    [Fact]
    public void Service_LeadsFromTheSpecsPortToTheGateway()
    {
        V1Service service = ManifestSet.OfBase().Of<V1Service>().Single();
        service.Metadata.Name.Should().Be("api-gateway");
        service.Spec.Selector.Should().Equal(new Dictionary<string, string> { ["app"] = "api-gateway" });
        service.Spec.Ports.Single().Port.Should().Be(8000);
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
