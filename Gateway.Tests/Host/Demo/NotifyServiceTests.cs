using System.Net;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Demo;

public sealed class NotifyServiceTests
{
    [Fact]
    public async Task Notification_IsListedForItsUser()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new NotifyService().Map);
        (await service.SendAsync("POST", "/notifications", """{"message":"Your tea is ready."}""", user: "alice"))
            .Status.Should().Be(HttpStatusCode.Created);
        (await service.SendAsync("GET", "/notifications", user: "alice")).Json.GetProperty("data").GetRawText()
            .Should().Be("""[{"id":1,"message":"Welcome, alice."},{"id":2,"message":"Your tea is ready."}]""");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"message":""}""")]
    public async Task BadNotification_IsRefused(string body)
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new NotifyService().Map);
        (await service.SendAsync("POST", "/notifications", body, user: "alice")).Status.Should().Be(HttpStatusCode.BadRequest);
    }
}
