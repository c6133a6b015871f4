using System.Net;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Spec;

public sealed class RateLimiterTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch);
    private TestInstance _service = null!;
    private TestAuthService _auth = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _service = await TestInstance.StartEchoAsync();
        _auth = await TestAuthService.StartAsync(static token => TestAuthService.User(token, tier: token == "gina" ? "gold" : null));
        GatewayOptions options = TestOptions.For(_service.Url).WithRoutes(
            ("ip", TestOptions.AnyPath with { Pattern = "/ip", RateLimits = ["per-ip"] }),
            ("key", TestOptions.AnyPath with { Pattern = "/key", RateLimits = ["per-key"] }),
            ("user", TestOptions.AnyPath with { Pattern = "/user", Auth = RouteAuth.Required, RateLimits = ["per-user"] }));
        _gateway = await TestGateway.StartAsync(options with
        {
            Auth = new AuthOptions { ServiceUrl = _auth.Url },
            RateLimits = new Dictionary<string, RateLimitPolicyOptions>
            {
                ["per-ip"] = new() { Key = RateLimitKeyKind.Ip, Capacity = 3, RefillPerSecond = 0.5 },
                ["per-key"] = new() { Key = RateLimitKeyKind.ApiKey, Capacity = 1, RefillPerSecond = 0.5 },
                ["per-user"] = new()
                {
                    Key = RateLimitKeyKind.User,
                    Capacity = 1,
                    RefillPerSecond = 0.5,
                    Tiers = new Dictionary<string, RateLimitTierOptions> { ["gold"] = new() { Capacity = 3, RefillPerSecond = 1 } },
                },
            },
        }, _clock);
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _auth.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task Bucket_GivesItsCapacityThenRefusesThenRefillsFromTheElapsedTime()
    {
        (await PassesAsync("/ip", 10)).Should().Be(3);
        using HttpResponseMessage refused = await _gateway.GetAsync("/ip").ShouldBeRefusedAsync(HttpStatusCode.TooManyRequests, "rate_limited");
        refused.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(2));

        _clock.Advance(TimeSpan.FromSeconds(2));
        (await PassesAsync("/ip", 10)).Should().Be(1);
        _clock.Advance(TimeSpan.FromHours(1));
        (await PassesAsync("/ip", 10)).Should().Be(3, "a bucket never holds more than its capacity");
        _service.Requests.Should().Be(7);
    }

    [Fact]
    public async Task Headers_SayThePolicyAndWhatIsLeft()
    {
        using HttpResponseMessage response = await _gateway.GetAsync("/ip");

        response.Headers.GetValues("RateLimit-Policy").Should().Equal("\"per-ip\";q=3;w=6");
        response.Headers.GetValues("RateLimit").Single().Should().StartWith("\"per-ip\";r=2;");
    }

    [Fact]
    public async Task EachUser_HasABucketAndEachTierItsSize()
    {
        (await PassesAsync("/user", 5, ("Authorization", "Bearer alice"))).Should().Be(1);
        (await PassesAsync("/user", 5, ("Authorization", "Bearer bob"))).Should().Be(1);
        (await PassesAsync("/user", 5, ("Authorization", "Bearer gina"))).Should().Be(3);
    }

    [Fact]
    public async Task EachApiKey_HasABucket()
    {
        (await PassesAsync("/key", 3, ("X-API-Key", "one"))).Should().Be(1);
        (await PassesAsync("/key", 3, ("X-API-Key", "two"))).Should().Be(1);
    }

    private async Task<int> PassesAsync(string path, int requests, params (string Name, string Value)[] headers)
    {
        int passed = 0;
        for (int i = 0; i < requests; i++)
        {
            using HttpResponseMessage response = await _gateway.GetAsync(path, headers);
            passed += response.IsSuccessStatusCode ? 1 : 0;
        }

        return passed;
    }
}
