using System.Net;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Spec;

public sealed class RequestRouterTests
{
    [Fact]
    public async Task Pattern_LeadsToItsService()
    {
        await using TestInstance products = await TestInstance.StartEchoAsync();
        await using TestInstance orders = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(products, orders));

        await gateway.GetAsync("/products/42").ShouldBeOkAsync();
        await gateway.GetAsync("/orders/7/items").ShouldBeOkAsync();
        await gateway.GetAsync("/orders/8").ShouldBeOkAsync();

        (products.Requests, orders.Requests).Should().Be((1, 2));
    }

    [Fact]
    public async Task NotFound_IsAProblemOfItsOwn()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(instance, instance));

        using HttpResponseMessage response = await gateway.GetAsync("/nowhere").ShouldBeRefusedAsync(HttpStatusCode.NotFound, "no_route");

        instance.Requests.Should().Be(0);
    }

    [Fact]
    public async Task MethodNotAllowed_NamesThoseThatAre()
    {
        await using TestInstance instance = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(instance, instance));

        using HttpResponseMessage response = await gateway.SendAsync(HttpMethod.Put, "/products/42", new ByteArrayContent([]))
            .ShouldBeRefusedAsync(HttpStatusCode.MethodNotAllowed, "method_not_allowed");

        response.Content.Headers.Allow.Should().BeEquivalentTo("GET", "HEAD", "POST");
        instance.Requests.Should().Be(0);
    }

    private static GatewayOptions Options(TestInstance products, TestInstance orders) => new GatewayOptions
    {
        Services = new Dictionary<string, ServiceOptions>
        {
            ["product"] = new() { Instances = [new() { Url = products.Url }] },
            ["order"] = new() { Instances = [new() { Url = orders.Url }] },
        },
    }.WithRoutes(
        ("products", TestOptions.AnyPath with { Pattern = "/products/{id:int}", Methods = ["GET", "POST"], Service = "product" }),
        ("orders", TestOptions.AnyPath with { Pattern = "/orders/{**rest}", Service = "order" }));
}
