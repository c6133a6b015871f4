using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Xunit.Abstractions;

namespace Gateway.Tests.Chaos;

/// <summary>How an instance goes wrong.</summary>
public enum InstanceFault
{
    Refuses,
    Resets,
    Hangs,
    Answers500,
}

/// <summary>One of three instances goes wrong under load: clients hardly see it.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class InstanceFaultTests(ITestOutputHelper output)
{
    private const double Rate = 300, FailedAtMost = 0.001, AttemptsAtMost = 1.2;

    /// <summary>Requests of the last moment before the fault may still be under way when it comes.</summary>
    private static readonly TimeSpan LastMoment = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan Before = TimeSpan.FromSeconds(1), Settles = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(InstanceFault.Refuses)]
    [InlineData(InstanceFault.Resets)]
    [InlineData(InstanceFault.Hangs)]
    [InlineData(InstanceFault.Answers500)]
    public async Task OneOfThreeGoesWrong_HardlyAnyGetFailsAfterTwoSecondsAndFewAreSentTwice(InstanceFault fault)
    {
        await using ChaosScene scene = await ChaosScene.StartAsync(
            3, new ServiceOptions { Timeouts = new TimeoutOptions { FirstByte = TimeSpan.FromSeconds(1) } });
        await scene.WarmUpAsync();

        Task<LoadResult> loading = scene.Load.RunAsync(Rate, ChaosForm.Seconds(5.5, 60));
        await RealTime.PassesAsync(Before);
        TimeSpan struck = scene.Load.Elapsed;
        Strike(scene, fault);
        LoadResult result = await loading;

        int attempts = await scene.AttemptsAsync();
        LoadResult before = result.Between(TimeSpan.Zero, struck - LastMoment), first = result.Between(struck, struck + Settles), settled = result.From(struck + Settles);
        output.WriteLine($"[chaos] one instance {fault}: settled {settled.Figures}; first 2 s {first.Outcomes}; then {settled.Outcomes}; "
            + $"{attempts} attempts for {result.Total} requests; {scene.Beliefs}");
        before.Failed.Should().Be(0, "nothing was wrong yet: {0}", before.Outcomes);
        settled.FailedShare.Should().BeLessThan(FailedAtMost, result.BySecond);
        ((double)attempts / result.Total).Should().BeLessThanOrEqualTo(AttemptsAtMost);
    }

    /// <summary>
    /// One is left out for half a minute because it failed, and has long been well again; then the other goes. What was decided about the
    /// first while there was a second must not outlast the second.
    /// </summary>
    [Fact]
    public async Task TheOtherOfTwoGoesWhenTheFirstIsWellAgain_TheFirstServes()
    {
        await using ChaosScene scene = await ChaosScene.StartAsync(
            2, new ServiceOptions { CircuitBreaker = new CircuitBreakerOptions { Timeout = TimeSpan.FromSeconds(1) } });
        await scene.WarmUpAsync();

        Task<LoadResult> loading = scene.Load.RunAsync(Rate, TimeSpan.FromSeconds(6));
        scene.Instances[0].Status = 500;
        await RealTime.PassesAsync(Before);
        scene.Instances[0].Status = 200;
        await RealTime.PassesAsync(Settles);
        TimeSpan struck = scene.Load.Elapsed;
        scene.Relays[1].Close();
        LoadResult result = await loading;

        LoadResult settled = result.From(struck + Settles);
        output.WriteLine($"[chaos] two instances fail by turns: settled {settled.Figures}, {settled.Outcomes}; before {result.Between(TimeSpan.Zero, struck).Outcomes}; {scene.Beliefs}");
        settled.FailedShare.Should().BeLessThan(FailedAtMost, result.BySecond);
    }

    private static void Strike(ChaosScene scene, InstanceFault fault)
    {
        switch (fault)
        {
            case InstanceFault.Refuses:
                scene.Relays[0].Close();
                break;
            case InstanceFault.Resets:
                scene.Relays[0].Fault = Fault.ResetAt(0);
                break;
            case InstanceFault.Hangs:
                scene.Relays[0].Fault = Fault.Blackhole;
                break;
            default:
                scene.Instances[0].Status = 500;
                break;
        }
    }
}
