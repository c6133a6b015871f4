using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Xunit.Abstractions;

namespace Gateway.Tests.Chaos;

/// <summary>Three times as much comes as an instance can do: it goes on doing what it can, and the rest is told at once.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class OverloadTests(ITestOutputHelper output)
{
    /// <summary>Three at a time, 20 ms each: 150 a second.</summary>
    private const int Places = 3;

    private const double Nominal = 150, Times = 3, Saturating = 1.5, GoodputAtLeast = 0.9, Relief = 0.5;
    private const int MegaByte = 1 << 20, GrowthAtMost = 16 * MegaByte;

    private static readonly TimeSpan Work = TimeSpan.FromMilliseconds(20), Useful = TimeSpan.FromSeconds(1), Settles = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(100), AtWorst = TimeSpan.FromSeconds(1), Returns = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task ThreeTimesTheSustainableLoad_KeepsTheGoodputAndRefusesTheRestAtOnce()
    {
        await using ChaosScene scene = await ChaosScene.StartAsync(1, new ServiceOptions(), places: Places);
        scene.Instances[0].Latency = Work;
        await scene.WarmUpAsync();
        long before = scene.Memory();

        await OverloadAsync(scene);
        await RelieveAsync(scene);

        long grown = scene.Memory() - before;
        output.WriteLine($"[chaos] after the overload: memory grown by {grown / MegaByte} MB; {scene.Beliefs}");
        grown.Should().BeLessThan(GrowthAtMost);
    }

    /// <summary>What is sustainable is measured at the same time, so that it suffers from the same machine: at an instance of the same kind that is
    /// asked directly and never runs out of work.</summary>
    private async Task OverloadAsync(ChaosScene scene)
    {
        TimeSpan duration = ChaosForm.Seconds(6, 30);
        await using WitnessInstance beside = await WitnessInstance.StartAsync("beside", Places);
        beside.Latency = Work;
        using var direct = new OpenLoad(new Uri(beside.Url));
        Task<LoadResult> saturating = direct.RunAsync(Nominal * Saturating, duration);
        LoadResult result = await scene.Load.RunAsync(Nominal * Times, duration);
        double sustainable = ASecond(await saturating, duration, static shot => shot.IsGood);

        double goodput = ASecond(result, duration, static shot => shot.IsGood && shot.Latency <= Useful);
        LoadResult settled = result.From(Settles), refused = settled.Where(static shot => !shot.IsGood);
        output.WriteLine($"[chaos] overload {Times} x {Nominal}/s: {goodput:0}/s good within 1 s of {sustainable:0}/s sustainable ({goodput / sustainable:P0}); "
            + $"good {settled.Where(static shot => shot.IsGood).Figures}; refused {refused.Figures}; {result.BySecond}");
        goodput.Should().BeGreaterThanOrEqualTo(sustainable * GoodputAtLeast);
        refused.Shots.Should().OnlyContain(static shot => shot.Status == 503 && shot.RetryAfter);
        refused.Latency(0.5).Should().BeLessThan(Quick);
        refused.Latency(0.99).Should().BeLessThan(AtWorst);
    }

    /// <summary>Answers a second, from when the load has settled until it ends.</summary>
    private static double ASecond(LoadResult result, TimeSpan duration, Func<Shot, bool> counts) =>
        result.Shots.Count(shot => counts(shot) && shot.EndedAt >= Settles && shot.EndedAt < duration) / (duration - Settles).TotalSeconds;

    private async Task RelieveAsync(ChaosScene scene)
    {
        LoadResult result = await scene.Load.RunAsync(Nominal * Relief, Returns + TimeSpan.FromSeconds(2));
        LoadResult after = result.From(Returns);
        output.WriteLine($"[chaos] half the sustainable load again: {after.Figures}; {result.BySecond}");
        after.Failed.Should().Be(0, result.BySecond);
        after.Latency(0.99).Should().BeLessThan(Useful);
    }
}
