using System.Net;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Demo;

public sealed class PaymentServiceTests
{
    [Fact]
    public async Task Payment_IsListedForItsUser()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new PaymentService().Map);
        (await service.SendAsync("POST", "/payments", """{"order_id":2,"amount_cents":850}""", user: "alice"))
            .Status.Should().Be(HttpStatusCode.Created);
        (await service.SendAsync("GET", "/payments", user: "alice")).Json.GetProperty("data").GetRawText()
            .Should().Be("""[{"id":1,"order_id":1,"amount_cents":5300},{"id":2,"order_id":2,"amount_cents":850}]""");
        (await service.SendAsync("GET", "/payments", user: "bob")).Json.GetProperty("data").GetArrayLength().Should().Be(1);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"order_id":1,"amount_cents":0}""")]
    [InlineData("""{"order_id":1,"amount_cents":"much"}""")]
    public async Task BadPayment_IsRefused(string body)
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new PaymentService().Map);
        (await service.SendAsync("POST", "/payments", body, user: "alice")).Status.Should().Be(HttpStatusCode.BadRequest);
    }
}
