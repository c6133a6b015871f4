using System.Net;
using System.Text.Json;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Demo;

public sealed class DemoAnswersTests
{
    [Fact]
    public async Task Answer_ShowsTheResourceAndWhatTheServiceSaw()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new ProfileService().Map);
        (HttpStatusCode status, JsonElement json, _) = await service.SendAsync("GET", "/profile?a=%20b", user: "alice");
        status.Should().Be(HttpStatusCode.OK);
        json.GetProperty("data").GetProperty("user_id").GetString().Should().Be("alice");
        JsonElement seen = json.GetProperty("seen_by_service");
        seen.GetProperty("X-User-ID").GetString().Should().Be("alice");
        seen.GetProperty("X-Correlation-ID").ValueKind.Should().Be(JsonValueKind.Null, "what is missing must be seen to be missing");
        seen.GetProperty("path").GetString().Should().Be("/profile?a=%20b");
        seen.GetProperty("service").GetString().Should().Be("test");
    }

    [Fact]
    public async Task NoGatewayInFront_IsRefused()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new ProfileService().Map);
        (await service.SendAsync("GET", "/profile")).Status.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"display_name\":")]
    public async Task BodyThatDoesNotRead_IsRefused(string body)
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new ProfileService().Map);
        (await service.SendAsync("PUT", "/profile", body, user: "alice")).Status.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task BodyOverTheLimit_IsRefused()
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(new ProfileService().Map);
        string body = $$"""{"display_name":"{{new string('a', (int)DemoLimits.JsonBytes)}}"}""";
        (await service.SendAsync("PUT", "/profile", body, user: "alice")).Status.Should().Be(HttpStatusCode.RequestEntityTooLarge);
    }
}
