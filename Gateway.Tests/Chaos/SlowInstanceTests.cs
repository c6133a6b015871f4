using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Xunit.Abstractions;

namespace Gateway.Tests.Chaos;

/// <summary>
/// One instance becomes slow under load: whom another answers does not notice. Beside it, at the same time and so on the same machine with its
/// same moods, runs a service without a slow one.
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class SlowInstanceTests(ITestOutputHelper output)
{
    private const double Rate = 150, TimesAtMost = 3;

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(5), Noise = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task OneOfThreeTakesFiveSeconds_RequestsToTheOthersAreAsFastAsWithoutIt()
    {
        await using ChaosScene scene = await ChaosScene.StartAsync(3, new ServiceOptions());
        await using ChaosScene beside = await ChaosScene.StartAsync(3, new ServiceOptions());
        await scene.WarmUpAsync();
        await beside.WarmUpAsync();
        TimeSpan duration = ChaosForm.Seconds(5, 30);

        scene.Instances[0].Latency = Slow;
        LoadResult[] results = await Task.WhenAll(scene.Load.RunAsync(Rate, duration), beside.Load.RunAsync(Rate, duration));
        (LoadResult result, LoadResult without) = (results[0], results[1]);

        LoadResult others = result.Where(shot => shot.Instance != scene.Instances[0].Name);
        output.WriteLine($"[chaos] one instance takes 5 s: without {without.Figures}; others beside it {others.Figures}; "
            + $"{result.Total - others.Total} answered by it; {result.Outcomes}");
        without.Failed.Should().Be(0, without.Outcomes);
        result.Failed.Should().Be(0, result.Outcomes);
        others.Total.Should().BeGreaterThan(result.Total / 2);
        others.Latency(0.99).Should().BeLessThan((without.Latency(0.99) * TimesAtMost) + Noise);
    }
}
