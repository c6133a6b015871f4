using System.Collections.Concurrent;
using System.Net;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.Kit;
using Xunit.Abstractions;

namespace Gateway.Tests.Chaos;

/// <summary>Three gateways that share what they know of tokens, by a real connection each.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class SharedTokenTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Gateways = 3;

    private readonly ConcurrentDictionary<string, bool> _ended = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
    private readonly List<TestGateway> _gateways = [];
    private TestAuthService _auth = null!;
    private TestInstance _instance = null!;

    public async Task InitializeAsync()
    {
        await File.WriteAllBytesAsync(Path.Combine(_folder, "key"), ModelTokenStore.CommonSecret);
        _auth = await TestAuthService.StartAsync(token => _ended.ContainsKey(token) ? "" : TestAuthService.User(token));
        _instance = await TestInstance.StartAsync(static _ => Task.CompletedTask);
    }

    public async Task DisposeAsync()
    {
        foreach (TestGateway gateway in _gateways)
        {
            await gateway.DisposeAsync();
        }

        await _instance.DisposeAsync();
        await _auth.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task ThousandRequestsWithOneNewToken_AtMostOneCallForEachGateway()
    {
        using EmbeddedRedis redis = EmbeddedRedis.Start();
        await StartAsync(redis.Address);

        HttpStatusCode[] answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => UseAsync(_gateways[i % Gateways], "new")));

        output.WriteLine($"[chaos] 1,000 requests with one new token at {Gateways} gateways: {_auth.Questions.Count} call(s)");
        answers.Should().OnlyContain(static status => status == HttpStatusCode.OK);
        _auth.Questions.Count.Should().BeInRange(1, Gateways);
    }

    [Fact]
    public async Task TokensOfAnotherGateway_AreNotAskedAboutAgain()
    {
        using EmbeddedRedis redis = EmbeddedRedis.Start();
        await StartAsync(redis.Address);
        for (int i = 0; i < 100; i++)
        {
            await UseAsync(_gateways[0], $"token{i}");
        }

        for (int i = 0; i < 100; i++)
        {
            (await UseAsync(_gateways[1], $"token{i}")).Should().Be(HttpStatusCode.OK);
        }

        output.WriteLine($"[chaos] 100 tokens at one gateway, then at another: {_auth.Questions.Count} calls");
        _auth.Questions.Count.Should().BeInRange(100, 120, "the store may answer too late now and then");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Revocation_ReachesEveryGateway(bool areNudged)
    {
        using EmbeddedRedis redis = EmbeddedRedis.Start(areNudged);
        await StartAsync(redis.Address);
        int revocations = ChaosForm.IsLong ? 500 : 50;
        var reached = new List<double>();
        for (int i = 0; i < revocations; i++)
        {
            string token = $"t{i}";
            await Task.WhenAll(_gateways.Select(gateway => UseAsync(gateway, token)));
            _ended[token] = true;
            long began = TimeProvider.System.GetTimestamp();
            (await _gateways[i % Gateways].Server.Pipeline.RevokeTokenAsync(token)).Should().Be(RevocationReach.Store);
            reached.AddRange(await Task.WhenAll(_gateways.Select(gateway => FirstRefusalAsync(gateway, token, began))));
        }

        reached.Sort();
        output.WriteLine($"[chaos] {revocations} revocations, {(areNudged ? "nudged" : "by reading alone")}: first refusal at each of {Gateways} gateways: p50 {reached[reached.Count / 2]:0} ms, "
            + $"p99 {reached[reached.Count * 99 / 100]:0} ms, most {reached[^1]:0} ms");
        reached[reached.Count * 99 / 100].Should().BeLessThan(2000);
    }

    [FactNeeds(RedisProcess.Program)]
    public async Task StoreThatIsKilled_WhatIsOldIsAskedAgain_AndARevocationMadeMeanwhileArrivesLater()
    {
        await using RedisProcess redis = await RedisProcess.StartAsync();
        await StartAsync(redis.Address, soft: TimeSpan.FromSeconds(2));
        foreach (TestGateway gateway in _gateways)
        {
            (await UseAsync(gateway, "t")).Should().Be(HttpStatusCode.OK);
        }

        await redis.KillAsync();
        _ended["t"] = true;
        long killed = TimeProvider.System.GetTimestamp();
        double[] refused = await Task.WhenAll(_gateways.Select(gateway => FirstRefusalAsync(gateway, "t", killed)));
        output.WriteLine($"[chaos] store killed, token ended: refused after {refused.Min():0} – {refused.Max():0} ms, soft life 2,000 ms");
        refused.Max().Should().BeLessThan(10_000);

        Task<HttpStatusCode>[] again = [.. _gateways.Select(gateway => UseAsync(gateway, "u"))];
        (await Task.WhenAll(again)).Should().OnlyContain(static status => status == HttpStatusCode.OK, "the store is not needed");
        (await _gateways[0].Server.Pipeline.RevokeUserAsync("u")).Should().Be(RevocationReach.Here);
        _ended["u"] = true;
        await redis.StartAgainAsync();
        long back = TimeProvider.System.GetTimestamp();
        double[] arrived = await Task.WhenAll(_gateways.Select(gateway => FirstRefusalAsync(gateway, "u", back)));
        output.WriteLine($"[chaos] store back: a revocation made meanwhile is in force after {arrived.Max():0} ms");
        arrived.Max().Should().BeLessThan(20_000);
    }

    private static async Task<double> FirstRefusalAsync(TestGateway gateway, string token, long began)
    {
        while (await UseAsync(gateway, token) == HttpStatusCode.OK)
        {
            TimeProvider.System.GetElapsedTime(began).Should().BeLessThan(TimeSpan.FromSeconds(30));
            await RealTime.PassesAsync(TimeSpan.FromMilliseconds(2));
        }

        return TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
    }

    private static async Task<HttpStatusCode> UseAsync(TestGateway gateway, string token)
    {
        using HttpResponseMessage response = await gateway.GetAsync("/x", ("Authorization", $"Bearer {token}"));
        return response.StatusCode;
    }

    private async Task StartAsync(string redis, TimeSpan? soft = null)
    {
        var shared = new SharedTokenOptions { Redis = redis, KeyFile = Path.Combine(_folder, "key"), SoftDuration = soft ?? TimeSpan.FromMinutes(1) };
        GatewayOptions options = TestOptions.For(_instance.Url).WithRoute(TestOptions.AnyPath with { Auth = RouteAuth.Required }) with
        {
            Auth = new AuthOptions { ServiceUrl = _auth.Url, Shared = shared },
        };
        for (int i = 0; i < Gateways; i++)
        {
            _gateways.Add(await TestGateway.StartHereAsync(options));
        }

        await RealTime.UntilAsync(IsReady, TimeSpan.FromSeconds(10));
        IsReady().Should().BeTrue();
    }

    private bool IsReady() => _gateways.All(static gateway => gateway.Server.Pipeline.Parts.TokenValidator!.Shared is { IsDegraded: false });
}
