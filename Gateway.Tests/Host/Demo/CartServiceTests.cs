using System.Net;
using System.Text.Json;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Demo;

public sealed class CartServiceTests
{
    [Fact]
    public async Task Line_CanBeSetAgainAndTakenOut()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new CartService().Map);
        (await service.SendAsync("POST", "/cart", """{"product_id":3,"quantity":1}""", user: "alice"))
            .Status.Should().Be(HttpStatusCode.Created);
        await service.SendAsync("POST", "/cart", """{"product_id":3,"quantity":2}""", user: "alice");
        (await CartAsync(service, "alice")).Should().Be("""[{"product_id":3,"quantity":2}]""");
        (await CartAsync(service, "bob")).Should().Be("[]");

        (await service.SendAsync("DELETE", "/cart/3", user: "alice")).Status.Should().Be(HttpStatusCode.NoContent);
        (await CartAsync(service, "alice")).Should().Be("[]");
    }

    [Theory]
    [InlineData(0, 1, HttpStatusCode.BadRequest)]
    [InlineData(1, 0, HttpStatusCode.BadRequest)]
    [InlineData(1, 1_000, HttpStatusCode.Created)]
    [InlineData(1, 1_001, HttpStatusCode.BadRequest)]
    public async Task Line_HasItsLimits(int product, int quantity, HttpStatusCode expected)
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new CartService().Map);
        string body = $$"""{"product_id":{{product}},"quantity":{{quantity}}}""";
        (await service.SendAsync("POST", "/cart", body, user: "alice")).Status.Should().Be(expected);
    }

    private static async Task<string> CartAsync(RunningDemoService service, string user)
    {
        JsonElement json = (await service.SendAsync("GET", "/cart", user: user)).Json;
        return json.GetProperty("data").GetRawText();
    }
}
