using System.Globalization;
using Gateway.Tests.Kit;
using Xunit.Abstractions;

namespace Gateway.Tests.Chaos;

/// <summary>Three gateways and one Redis: one limit, whatever becomes of the store and of the gateways.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class SharedLimitTests(ITestOutputHelper output)
{
    private const double Rate = 100;
    private const int Capacity = 100;

    /// <summary>At three times the limit the first tokens are gone within this.</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(2);

    public static TheoryData<string, double[]> Skews => new() { { "even", [1.0 / 3, 1.0 / 3, 1.0 / 3] }, { "98/1/1", [0.98, 0.01, 0.01] } };

    [TheoryNeeds(RedisProcess.Program)]
    [MemberData(nameof(Skews))]
    public async Task ThreeTimesTheLimit_AdmitsTheLimit(string name, double[] shares)
    {
        await using ReplicaScene scene = await ReplicaScene.StartAsync(Capacity, Rate);
        (TimeSpan window, TimeSpan all) = (ChaosForm.Seconds(5, 60), ChaosForm.Seconds(9, 122));
        LoadResult[] results = await scene.LoadAsync([.. shares.Select(static share => share * 3 * Rate)], all);

        (int fewest, int most) = scene.Windows(results[0].StartedAt, Burst, all, window);
        (_, int first) = scene.Windows(results[0].StartedAt, TimeSpan.Zero, window, window);
        double limit = Rate * window.TotalSeconds;
        string shown = Text($"{fewest} to {most} admitted in any {window.TotalSeconds:0} s of {limit:0} ({(fewest / limit) - 1:P1} to {(most / limit) - 1:P1})");
        output.WriteLine(Text($"[chaos] three times the limit, {name}: {shown}; the first window {first} of {limit + Capacity:0}; {Outcomes(results)}"));
        ExpectDecisions(results);

        // Where the load itself stalls for a moment the bucket fills, and a short window sees its burst: no more than that is ever allowed.
        double possible = ChaosForm.IsLong ? limit : limit + Capacity;
        most.Should().BeLessThanOrEqualTo((int)(possible * 1.04));
        first.Should().BeLessThanOrEqualTo((int)((limit + Capacity) * 1.04));
        fewest.Should().BeGreaterThanOrEqualTo((int)(limit * (ChaosForm.IsLong ? 0.97 : 0.7)));
    }

    [FactNeeds(RedisProcess.Program)]
    public async Task BusyKey_CostsTheStoreLittle()
    {
        await using ReplicaScene scene = await ReplicaScene.StartAsync(capacity: 100_000, perSecond: 10_000);
        await scene.LoadAsync([200, 200, 200], Burst);
        long before = await scene.ScriptsAsync();
        LoadResult[] results = await scene.LoadAsync([200, 200, 200], ChaosForm.Seconds(4, 30));
        double each = (double)(await scene.ScriptsAsync() - before) / results.Sum(static result => result.Total);
        output.WriteLine(Text($"[chaos] 200 requests a second at each of three gateways: {each:0.000} scripts a request; {Outcomes(results)}"));
        results.Should().OnlyContain(static result => result.Failed == 0);
        each.Should().BeLessThanOrEqualTo(0.05);
    }

    public static TheoryData<string> Faults => ["killed", "stopped", "slow", "flushed", "scripts flushed"];

    [TheoryNeeds(RedisProcess.Program)]
    [MemberData(nameof(Faults))]
    public async Task StoreFails_NoRequestDoesAndTheLimitHolds(string fault)
    {
        await using ReplicaScene scene = await ReplicaScene.StartAsync(Capacity, Rate);
        (TimeSpan before, TimeSpan during, TimeSpan after) = (TimeSpan.FromSeconds(3), ChaosForm.Seconds(4, 20), TimeSpan.FromSeconds(7));
        Task<LoadResult[]> loading = scene.LoadAsync([Rate, Rate, Rate], before + during + after);
        await RealTime.PassesAsync(before);
        await BreakAsync(scene, fault);
        await RealTime.PassesAsync(during);
        await MendAsync(scene, fault);
        TimeSpan normal = await scene.UntilNormalAsync(TimeSpan.FromSeconds(10));
        LoadResult[] results = await loading;

        long start = results[0].StartedAt;
        TimeSpan settled = before + TimeSpan.FromSeconds(1);
        (_, int admitted) = scene.Windows(start, settled, before + during, before + during - settled);
        (int later, _) = scene.Windows(start, before + during + TimeSpan.FromSeconds(3), before + during + after, after - TimeSpan.FromSeconds(3));
        double share = admitted / (Rate * (before + during - settled).TotalSeconds), shareLater = later / (Rate * (after - TimeSpan.FromSeconds(3)).TotalSeconds);
        string shown = Text($"{share:P0} of the limit meanwhile, {shareLater:P0} from 3 s after its return on; normal after {normal.TotalSeconds:0.0} s");
        double p99 = results.Max(static result => result.Latency(0.99)).TotalMilliseconds;
        output.WriteLine(Text($"[chaos] store {fault} for {during.TotalSeconds:0} s: {shown}; p99 {p99:0.0} ms; {Outcomes(results)}"));
        ExpectDecisions(results);
        normal.Should().BeLessThan(TimeSpan.FromSeconds(ChaosForm.IsLong ? 3 : 6));
        (double few, double many) = ChaosForm.IsLong ? (0.85, 1.15) : (0.7, 1.35);
        share.Should().BeInRange(few, many);
        shareLater.Should().BeInRange(few, many);
    }

    [FactNeeds(RedisProcess.Program)]
    public async Task RollingRestartOfTheGateways_HoldsTheLimit()
    {
        await using ReplicaScene scene = await ReplicaScene.StartAsync(Capacity, Rate);
        long start = TimeProvider.System.GetTimestamp();
        List<LoadResult> results = [];
        for (int i = 0; i < ReplicaScene.Replicas; i++)
        {
            results.AddRange(await scene.LoadAsync([Rate, Rate, Rate], TimeSpan.FromSeconds(3)));
            await scene.ReplaceAsync(i);
        }

        results.AddRange(await scene.LoadAsync([Rate, Rate, Rate], TimeSpan.FromSeconds(3)));
        double possible = Capacity + (Rate * TimeProvider.System.GetElapsedTime(start).TotalSeconds);
        output.WriteLine(Text($"[chaos] rolling restart of the gateways: {scene.Instance.Arrivals.Count} admitted of {possible:0} possible; {Outcomes(results)}"));
        ExpectDecisions(results);
        scene.Instance.Arrivals.Count.Should().BeLessThanOrEqualTo((int)(possible * 1.1), "a gateway that leaves takes no limit with it");
    }

    private static Task BreakAsync(ReplicaScene scene, string fault)
    {
        switch (fault)
        {
            case "killed":
                return scene.Server.KillAsync();
            case "stopped":
                return scene.Server.SuspendAsync();
            case "slow":
                scene.Wire.Fault = Fault.DelayBy(100);
                return Task.CompletedTask;
            case "flushed":
                return scene.ExecuteAsync("FLUSHALL");
            default:
                return scene.ExecuteAsync("SCRIPT", "FLUSH");
        }
    }

    private static Task MendAsync(ReplicaScene scene, string fault)
    {
        switch (fault)
        {
            case "killed":
                return scene.Server.StartAgainAsync();
            case "stopped":
                return scene.Server.ContinueAsync();
            default:
                scene.Wire.Fault = Fault.None;
                return Task.CompletedTask;
        }
    }

    /// <summary>No request fails for the store's sake: it is served, or told that its limit is used up.</summary>
    private static void ExpectDecisions(IReadOnlyCollection<LoadResult> results) =>
        results.SelectMany(static result => result.Shots).Should().OnlyContain(static shot => shot.IsGood || (shot.Status == 429 && shot.RetryAfter), Outcomes(results));

    private static string Outcomes(IEnumerable<LoadResult> results) =>
        (results.First() with { Shots = [.. results.SelectMany(static result => result.Shots)] }).Outcomes;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
