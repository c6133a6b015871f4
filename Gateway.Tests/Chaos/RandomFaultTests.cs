using System.Globalization;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;
using Xunit.Abstractions;

namespace Gateway.Tests.Chaos;

/// <summary>Everything goes wrong by turns, for all kinds of requests: none is lost, none is doubled, nothing is left behind.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class RandomFaultTests(ITestOutputHelper output)
{
    private const double Rate = 200;
    private const int MegaByte = 1 << 20, GrowthAtMost = 24 * MegaByte;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), Returns = TimeSpan.FromSeconds(2), After = TimeSpan.FromSeconds(4);

    /// <summary>Of the run that is to be seen again; null for one that has not been seen yet.</summary>
    private static readonly string? Seed = Environment.GetEnvironmentVariable("GATEWAY_CHAOS_SEED");

    private static readonly ServiceOptions Service = new()
    {
        HealthCheck = new HealthCheckOptions(),
        CircuitBreaker = new CircuitBreakerOptions { Timeout = TimeSpan.FromSeconds(1) },
        Timeouts = new TimeoutOptions
        {
            FirstByte = TimeSpan.FromMilliseconds(500),
            Idle = TimeSpan.FromMilliseconds(500),
            Total = TimeSpan.FromSeconds(2),
        },
    };

    [Fact]
    public async Task FaultsOfAllKinds_LoseAndDoubleNothingAndLeaveNothingBehind()
    {
        int seed = Seed is null ? Random.Shared.Next() : int.Parse(Seed, CultureInfo.InvariantCulture);
        output.WriteLine($"[chaos] random faults: GATEWAY_CHAOS_SEED={seed}");
        await using ChaosScene scene = await ChaosScene.StartAsync(3, Service, request: Mix);
        await scene.WarmUpAsync();
        long before = scene.Memory();

        var faults = new RandomFaults(scene, seed);
        int most = Math.Max(await StormAsync(scene, faults), await GoodAgainAsync(scene));

        long grown = scene.Memory() - before;
        await LeaveNothingAsync(scene, most, grown);
    }

    private async Task LeaveNothingAsync(ChaosScene scene, int mostAtOnce, long grown)
    {
        // In the long form the pool has time to let go of what it does not need.
        TimeSpan waited = await RealTime.UntilAsync(() => Open(scene) <= scene.Relays.Length, ChaosForm.Seconds(0.1, 90));
        int open = Open(scene);
        output.WriteLine($"[chaos] left behind: {grown / MegaByte} MB, {open} connections after {waited.TotalSeconds:0} s, of "
            + $"{scene.Relays.Sum(static relay => relay.Made)} made for at most {mostAtOnce} requests at once; {scene.Beliefs}");
        (scene.Gateway.ActiveRequests, scene.InFlight).Should().Be((0, 0));
        open.Should().BeLessThanOrEqualTo(
            scene.Relays.Length * (ChaosForm.IsLong ? 1 : 1 + mostAtOnce), "each instance's health check has one, and its pool what was in use at once");
        grown.Should().BeLessThan(GrowthAtMost);

        await scene.EndGatewayAsync();
        await RealTime.UntilAsync(() => Open(scene) == 0, Patience);
        Open(scene).Should().Be(0, "what no pool holds would still be open");
    }

    private static int Open(ChaosScene scene) => scene.Relays.Sum(static relay => relay.Open);

    /// <returns>The most requests that were under way at once.</returns>
    private async Task<int> StormAsync(ChaosScene scene, RandomFaults faults)
    {
        Task<LoadResult> loading = scene.Load.RunAsync(Rate, ChaosForm.Seconds(15, 300));
        await faults.WhileAsync(loading);
        LoadResult result = await loading;

        HashSet<string> seen = [.. scene.Instances.SelectMany(static instance => instance.Arrivals).Select(static arrival => arrival.Id)];
        string[] lost = [.. result.Shots.Where(shot => shot.Status is >= 200 and < 300 && !seen.Contains(shot.Id)).Select(static shot => $"{shot.Method} {shot.Id}")];
        string[] doubled =
        [
            .. scene.Instances.SelectMany(static instance => instance.Arrivals).Where(static arrival => arrival.Method == "POST")
                .GroupBy(static arrival => arrival.Id).Where(static group => group.Count() > 1).Select(static group => $"POST {group.Key}"),
        ];
        output.WriteLine($"[chaos] {faults.Changes} changes of faults: {result.Figures}; {result.Outcomes}; {await scene.AttemptsAsync()} attempts, "
            + $"{scene.Arrivals} arrived; {lost.Length} lost, {doubled.Length} doubled");
        lost.Should().BeEmpty("who is told that it was done can rely on it");
        doubled.Should().BeEmpty("what is not idempotent is not sent twice once it may have arrived");
        scene.Instances.SelectMany(static instance => instance.Wrong).Should().BeEmpty();
        result.Shots.Should().NotContain(static shot => shot.Status == 200 && shot.Failure != null && shot.Failure.Contains("not its own", StringComparison.Ordinal));
        result.Shots.Should().NotContain(
            static shot => shot.Status == 0 || shot.Reason == "internal", "{0}; {1}", result.Outcomes, string.Join("; ", Defects(scene)));
        return result.MostAtOnce();
    }

    private static IEnumerable<string> Defects(ChaosScene scene) =>
        scene.Gateway.LogLines.Where(static line => line.GetProperty("level").GetString() == "error").Select(static line => line.ToString());

    private async Task<int> GoodAgainAsync(ChaosScene scene)
    {
        LoadResult after = await scene.Load.RunAsync(Rate, After);
        await RealTime.UntilAsync(() => scene.Gateway.ActiveRequests == 0 && scene.InFlight == 0, Patience);
        output.WriteLine($"[chaos] after the faults: {after.From(Returns).Figures}; {after.BySecond}");
        after.From(Returns).Failed.Should().Be(0, after.BySecond);
        return after.MostAtOnce();
    }

    private static LoadRequest Mix(int number) => new((number % 5) switch
    {
        0 => HttpMethod.Post,
        1 => HttpMethod.Put,
        _ => HttpMethod.Get,
    });
}
