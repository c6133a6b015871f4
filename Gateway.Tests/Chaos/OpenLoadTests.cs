using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Chaos;

/// <summary>The load keeps its rate and sees what is wrong: else a case without failures would say nothing.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class OpenLoadTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task GoodInstance_GetsEachRequestOnceWithItsContent()
    {
        await using WitnessInstance instance = await WitnessInstance.StartAsync("a");
        using var load = new OpenLoad(new Uri(instance.Url)) { Request = static number => new LoadRequest(number % 2 == 0 ? HttpMethod.Post : HttpMethod.Get) };

        LoadResult result = await load.RunAsync(200, Short);

        (result.Total, result.Failed, result.Outcomes).Should().Be((100, 0, "100 x 200"));
        result.Shots.Should().OnlyContain(static shot => shot.Instance == "a" && shot.Latency > TimeSpan.Zero);
        instance.Arrivals.Select(static arrival => (arrival.Method, arrival.Id)).Should().BeEquivalentTo(result.Shots.Select(static shot => (shot.Method, shot.Id)));
        instance.Wrong.Should().BeEmpty();
    }

    [Fact]
    public async Task InstanceThatHolds_HoldsNoRequestBack()
    {
        await using WitnessInstance instance = await WitnessInstance.StartAsync("a");
        instance.Latency = Short * 4;
        using var load = new OpenLoad(new Uri(instance.Url));

        LoadResult result = await load.RunAsync(100, Short);

        result.MostAtOnce().Should().Be(50, "all came before the first was answered");
        result.Latency(0.5).Should().BeGreaterThan(Short);
        result.Times(instance).Max().Should().BeLessThan(Short * 4);
    }

    [Theory]
    [InlineData("another's", "text/plain", 200, "200 with what is not its own")]
    [InlineData("""{"reason":"overloaded"}""", "application/problem+json", 503, "503 overloaded")]
    [InlineData("oh", "text/plain", 500, "500")]
    public async Task BadAnswer_IsAFailureThatSaysWhy(string content, string type, int status, string outcome)
    {
        await using TestInstance instance = await TestInstance.StartAsync(async http =>
        {
            (http.Response.StatusCode, http.Response.ContentType) = (status, type);
            await http.Response.WriteAsync(content);
        });
        using var load = new OpenLoad(new Uri(instance.Url));

        LoadResult result = await load.RunAsync(20, Short);

        (result.Failed, result.FailedShare, result.Outcomes).Should().Be((10, 1, $"10 x {outcome}"));
    }

    [Fact]
    public async Task NobodyThere_IsAFailureWithoutAStatus()
    {
        using var load = new OpenLoad(new Uri(ScriptedInstance.UnusedUrl()));

        LoadResult result = await load.RunAsync(20, Short);

        result.Shots.Should().OnlyContain(static shot => shot.Status == 0 && shot.Failure == "HttpRequestException");
    }

    [Fact]
    public void Latency_IsWhatSoManyDoNotExceed()
    {
        var result = new LoadResult(0, [.. Enumerable.Range(1, 200).Select(static ms =>
            new Shot($"{ms}", "GET", TimeSpan.FromSeconds(ms / 100), TimeSpan.FromMilliseconds(ms), 200, null, null, false, ms > 150 ? "500" : null))]);

        (result.Latency(0.5).TotalMilliseconds, result.Latency(0.99).TotalMilliseconds, result.Latency(1).TotalMilliseconds).Should().Be((100, 198, 200));
        result.BySecond.Should().Be("0 s: 99 x 200 | 1 s: 51 x 200, 49 x 500 | 2 s: 1 x 500");
        result.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)).Failed.Should().Be(49);
    }
}
