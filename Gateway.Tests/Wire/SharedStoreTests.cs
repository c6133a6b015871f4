using System.Net;
using System.Text.RegularExpressions;
using Gateway.Core;
using Gateway.Core.RateLimiting;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>Gateways that share a store, as their clients see it.</summary>
public sealed class SharedStoreTests
{
    [Fact]
    public async Task TwoGateways_ShareALimitAndItsHeaders()
    {
        using var redis = EmbeddedRedis.Start();
        await using TestInstance service = await TestInstance.StartEchoAsync();
        await using TestGateway one = await TestGateway.StartAsync(Limited(service.Url, redis.Address));
        await using TestGateway other = await TestGateway.StartAsync(Limited(service.Url, redis.Address));

        await SeesBothAsync(one);
        await SeesBothAsync(other);

        using (HttpResponseMessage first = await one.GetAsync("/"))
        {
            first.StatusCode.Should().Be(HttpStatusCode.OK);
            first.Headers.GetValues("RateLimit-Policy").Should().Equal("\"two\";q=2;w=200");
            first.Headers.GetValues("RateLimit").Single().Should().StartWith("\"two\";r=");
        }

        // Each by itself would let two through, four in all. One that had to be decided before a slow store had learned of the one before it is one too many.
        int passed = 1;
        foreach (TestGateway gateway in new[] { other, one, other, one })
        {
            using HttpResponseMessage answer = await gateway.GetAsync("/");
            passed += answer.StatusCode == HttpStatusCode.OK ? 1 : 0;
        }

        passed.Should().BeInRange(2, 3);
        using HttpResponseMessage refused = await one.GetAsync("/");
        refused.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta.Should().BeGreaterThan(TimeSpan.FromSeconds(60));
        (await one.ScrapeAsync()).Should().Contain("gateway_rate_limit_decisions_total{decision=\"refused\",policy=\"two\",source=\"");
    }

    [Fact]
    public async Task StoreThatIsNotThere_FailsNoRequest()
    {
        await using TestInstance service = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(Limited(service.Url, "127.0.0.1:1"));
        HttpStatusCode[] statuses = [.. await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ => (await gateway.GetAsync("/")).StatusCode))];
        statuses.Should().OnlyContain(static status => status == HttpStatusCode.OK || status == HttpStatusCode.TooManyRequests);
        statuses.Count(static status => status == HttpStatusCode.OK).Should().Be(2, "alone, its share is all");
    }

    private static async Task SeesBothAsync(TestGateway gateway)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (int looks = 0; !Regex.IsMatch(await gateway.ScrapeAsync(), @"^gateway_rate_limit_replicas(\{[^}]*\})? 2\b", RegexOptions.Multiline); looks++)
        {
            looks.Should().BeLessThan(400);
            await again.WaitForNextTickAsync();
        }
    }

    private static GatewayOptions Limited(string service, string redis) => TestOptions.For(service) with
    {
        RateLimits = new Dictionary<string, RateLimitPolicyOptions> { ["two"] = new() { Capacity = 2, RefillPerSecond = 0.01 } },
        DefaultRateLimits = ["two"],
        RateLimitStore = new RateLimitStoreOptions { Kind = RateLimitStoreKind.Redis, Redis = redis },
    };
}
