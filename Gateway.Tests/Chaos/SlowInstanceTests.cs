using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Xunit.Abstractions;

namespace Gateway.Tests.Chaos;

/// <summary>One instance becomes slow under load: whom another answers does not notice.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class SlowInstanceTests(ITestOutputHelper output)
{
    private const double Rate = 200, TimesAtMost = 3;

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(5), Noise = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task OneOfThreeTakesFiveSeconds_RequestsToTheOthersAreAsFastAsBefore()
    {
        await using ChaosScene scene = await ChaosScene.StartAsync(3, new ServiceOptions());
        await scene.WarmUpAsync();
        TimeSpan duration = ChaosForm.Seconds(4, 30);

        LoadResult before = await scene.Load.RunAsync(Rate, duration);
        scene.Instances[0].Latency = Slow;
        LoadResult result = await scene.Load.RunAsync(Rate, duration);

        LoadResult others = result.Where(shot => shot.Instance != scene.Instances[0].Name);
        output.WriteLine($"[chaos] one instance takes 5 s: without {before.Figures}; others beside it {others.Figures}; "
            + $"{result.Total - others.Total} answered by it; {result.Outcomes}");
        before.Failed.Should().Be(0, before.Outcomes);
        result.Failed.Should().Be(0, result.Outcomes);
        others.Total.Should().BeGreaterThan(result.Total / 2);
        others.Latency(0.99).Should().BeLessThan((before.Latency(0.99) * TimesAtMost) + Noise);
    }
}
