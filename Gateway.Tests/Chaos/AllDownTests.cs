using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Xunit.Abstractions;

namespace Gateway.Tests.Chaos;

/// <summary>All instances of a service go down under load, and come back.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class AllDownTests(ITestOutputHelper output)
{
    private const double Rate = 300;

    /// <summary>How many times the offered rate may reach the instances in any two seconds after their return. A machine that stands still for
    /// half a second makes up for it afterwards, in the load too: that is no herd.</summary>
    private const double HerdAtMost = 1.5;

    private const int HerdWindows = 4;

    private static readonly TimeSpan Before = TimeSpan.FromSeconds(1), Settles = TimeSpan.FromSeconds(1.5), Returns = TimeSpan.FromSeconds(2),
        After = TimeSpan.FromSeconds(4), Window = TimeSpan.FromMilliseconds(500), AtOnce = TimeSpan.FromMilliseconds(100), AtWorst = TimeSpan.FromSeconds(1);

    /// <summary>All but those that try whether the instances are back.</summary>
    private const double RefusedAtLeast = 0.99;

    [Theory]
    [InlineData(InstanceFault.Refuses)]
    [InlineData(InstanceFault.Hangs)]
    public async Task AllInstancesDownAndBack_RefusesAtOnceThenServesFullyWithinTwoSecondsWithoutAHerd(InstanceFault fault)
    {
        await using ChaosScene scene = await ChaosScene.StartAsync(
            3, new ServiceOptions { HealthCheck = new HealthCheckOptions(), Timeouts = new TimeoutOptions { FirstByte = TimeSpan.FromMilliseconds(500) } });
        await scene.WarmUpAsync();
        TimeSpan outage = ChaosForm.Seconds(3.5, 10);

        Task<LoadResult> loading = scene.Load.RunAsync(Rate, Before + outage + After);
        await RealTime.PassesAsync(Before);
        TimeSpan down = scene.Load.Elapsed;
        Array.ForEach(scene.Relays, relay => TakeDown(relay, fault));
        await RealTime.PassesAsync(outage);
        TimeSpan back = scene.Load.Elapsed;
        Array.ForEach(scene.Relays, Bring);
        LoadResult result = await loading;

        LoadResult meanwhile = result.Between(down + Settles, back), after = result.From(back + Returns);
        string firstGood = result.From(back).Shots.Where(static shot => shot.IsGood).Select(shot => $"{(shot.DueAt - back).TotalMilliseconds:0} ms").FirstOrDefault("never");
        int[] windows = Windows(scene, result, back);
        output.WriteLine($"[chaos] all {fault} for {outage.TotalSeconds:0.#} s: meanwhile {meanwhile.Figures}, {meanwhile.Outcomes}; first good "
            + $"{firstGood} after return; later {after.Outcomes}; arrivals by half second of return {string.Join(' ', windows)}");
        int refused = meanwhile.Shots.Count(static shot => shot.Status == 503 && shot.RetryAfter);
        ((double)refused / meanwhile.Total).Should().BeGreaterThanOrEqualTo(RefusedAtLeast, result.BySecond);
        meanwhile.Latency(0.5).Should().BeLessThan(AtOnce);
        meanwhile.Latency(0.99).Should().BeLessThan(AtWorst);
        after.Failed.Should().Be(0, result.BySecond);
        int most = Enumerable.Range(0, windows.Length - HerdWindows + 1).Max(at => windows.Skip(at).Take(HerdWindows).Sum());
        most.Should().BeLessThanOrEqualTo((int)(Rate * HerdWindows * Window.TotalSeconds * HerdAtMost));
    }

    private static void TakeDown(FaultRelay relay, InstanceFault fault)
    {
        if (fault == InstanceFault.Hangs)
        {
            relay.Fault = Fault.Blackhole;
        }
        else
        {
            relay.Close();
        }
    }

    /// <summary>As started anew: what was held is not answered any more.</summary>
    private static void Bring(FaultRelay relay)
    {
        relay.Close();
        relay.Fault = Fault.None;
        relay.Listen();
    }

    /// <summary>Arrivals at all instances in each half second from their return.</summary>
    private static int[] Windows(ChaosScene scene, LoadResult result, TimeSpan back)
    {
        ILookup<int, TimeSpan> byWindow = scene.Instances.SelectMany(result.Times).Where(at => at >= back).ToLookup(at => (int)((at - back) / Window));
        return [.. Enumerable.Range(0, (int)(After / Window)).Select(window => byWindow[window].Count())];
    }
}
