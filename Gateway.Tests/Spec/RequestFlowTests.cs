using System.Net;
using System.Text.Json;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Spec;

public sealed class RequestFlowTests
{
    [Fact]
    public async Task EachStep_LeavesItsMarkOnOneRequest()
    {
        await using TestInstance service = await TestInstance.StartEchoAsync();
        await using TestAuthService auth = await TestAuthService.StartAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(service.Url, auth.Url));

        using HttpResponseMessage response = await gateway.GetAsync("/a?b=c", ("Authorization", "Bearer alice"), ("X-Correlation-ID", "flow"));
        string seen = await response.Content.ReadAsStringAsync();
        JsonElement line = await gateway.LogLineAsync("flow");

        seen.Should().StartWith("GET /a?b=c\n", "1. and 6.: received and forwarded")
            .And.Contain("X-Correlation-ID: flow", "2.: named")
            .And.Contain("X-User-ID: alice", "3.: its user is known");
        response.Headers.GetValues("RateLimit").Should().ContainSingle("4.: counted");
        line.GetProperty("instance").GetString().Should().Be(new Uri(service.Url).Authority, "5.: an instance was chosen");
        response.Headers.GetValues("X-Correlation-ID").Should().Equal("flow");
        line.GetProperty("response_time_ms").GetInt64().Should().BeGreaterThanOrEqualTo(0, "7.: measured and logged");
    }

    [Fact]
    public async Task Connection_IsKeptAliveBetweenRequests()
    {
        await using TestInstance service = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(service.Url));
        using RawConnection client = await gateway.ConnectAsync();

        for (int i = 0; i < 3; i++)
        {
            await client.SendAsync($"GET /{i} HTTP/1.1\r\nHost: g\r\n\r\n");
            (string head, string body) = await client.ReadResponseAsync();
            head.Should().StartWith("HTTP/1.1 200 ");
            body.Should().StartWith($"GET /{i}\n");
        }
    }

    [Fact]
    public async Task MalformedRequest_IsRefusedBeforeAnythingElse()
    {
        await using TestInstance service = await TestInstance.StartEchoAsync();
        await using TestAuthService auth = await TestAuthService.StartAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(Options(service.Url, auth.Url));

        using HttpResponseMessage response = await gateway.GetAsync("/a%5cb", ("Authorization", "Bearer alice"))
            .ShouldBeRefusedAsync(HttpStatusCode.BadRequest, "bad_request");

        auth.Questions.Should().BeEmpty();
        service.Requests.Should().Be(0);
    }

    [Fact]
    public async Task SilentService_EndsInATimeoutThatIsFormattedAsAnError()
    {
        await using TestInstance service = await TestInstance.StartAsync(
            static http => Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default));
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(
            new ServiceOptions { Timeouts = new TimeoutOptions { FirstByte = TimeSpan.FromSeconds(3) } }, service.Url), clock);

        Task<HttpResponseMessage> pending = gateway.GetAsync("/");
        while (!pending.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        using HttpResponseMessage response = await pending.ShouldBeRefusedAsync(HttpStatusCode.GatewayTimeout, "upstream_timeout");
    }

    private static GatewayOptions Options(string service, string auth) =>
        TestOptions.For(service).WithRoute(TestOptions.AnyPath with { Auth = RouteAuth.Required, RateLimits = ["per-user"] }) with
        {
            Auth = new AuthOptions { ServiceUrl = auth },
            RateLimits = new Dictionary<string, RateLimitPolicyOptions>
            {
                ["per-user"] = new() { Key = RateLimitKeyKind.User, Capacity = 100, RefillPerSecond = 50 },
            },
        };
}
