using System.Net;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Demo;

public sealed class OrderServiceTests
{
    [Fact]
    public async Task PlacedOrder_CanBeSeenByItsUserAlone()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new OrderService().Map);
        (await service.SendAsync("POST", "/orders", """{"lines":[{"product_id":2,"quantity":1}]}""", user: "alice"))
            .Status.Should().Be(HttpStatusCode.Created);
        (await service.SendAsync("GET", "/orders/2", user: "alice")).Json.GetProperty("data").GetRawText()
            .Should().Be("""{"id":2,"status":"placed","lines":[{"product_id":2,"quantity":1}]}""");
        (await service.SendAsync("GET", "/orders/2", user: "bob")).Status.Should().Be(HttpStatusCode.NotFound);
        (await service.SendAsync("GET", "/orders", user: "alice")).Json.GetProperty("data").GetArrayLength().Should().Be(2);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"lines":[]}""")]
    [InlineData("""{"lines":[null]}""")]
    [InlineData("""{"lines":[{"product_id":2,"quantity":0}]}""")]
    public async Task BadOrder_IsRefused(string body)
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new OrderService().Map);
        (await service.SendAsync("POST", "/orders", body, user: "alice")).Status.Should().Be(HttpStatusCode.BadRequest);
    }
}
