using System.Net;
using System.Text.Json;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Demo;

public sealed class ProfileServiceTests
{
    [Fact]
    public async Task Change_IsSeenByThatUserAlone()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new ProfileService().Map);
        (await service.SendAsync("PUT", "/profile", """{"display_name":"Al"}""", user: "alice")).Status.Should().Be(HttpStatusCode.OK);
        (await NameAsync(service, "alice")).Should().Be("Al");
        (await NameAsync(service, "bob")).Should().Be("Bob");
    }

    [Theory]
    [InlineData(0, HttpStatusCode.BadRequest)]
    [InlineData(1, HttpStatusCode.OK)]
    [InlineData(DemoLimits.Text, HttpStatusCode.OK)]
    [InlineData(DemoLimits.Text + 1, HttpStatusCode.BadRequest)]
    public async Task NameLength_HasItsLimits(int length, HttpStatusCode expected)
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new ProfileService().Map);
        string body = $$"""{"display_name":"{{new string('a', length)}}"}""";
        (await service.SendAsync("PUT", "/profile", body, user: "alice")).Status.Should().Be(expected);
    }

    private static async Task<string?> NameAsync(RunningDemoService service, string user)
    {
        JsonElement json = (await service.SendAsync("GET", "/profile", user: user)).Json;
        return json.GetProperty("data").GetProperty("display_name").GetString();
    }
}
