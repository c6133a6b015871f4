using Gateway.Core.Backends;
using Gateway.Tests.Kit;
using Xunit.Abstractions;

namespace Gateway.Tests.Chaos;

/// <summary>Ten pods are replaced one after the other under load, as a deployment does: the new one is ready before the old one leaves.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class RollingPodsTests(ITestOutputHelper output)
{
    private const int Pods = 10;

    private static readonly double Rate = ChaosForm.IsLong ? 1_000 : 200;
    private static readonly TimeSpan Pause = ChaosForm.Seconds(0.25, 1.5), Bound = TimeSpan.FromMilliseconds(250);

    [Fact]
    public async Task TenPodsReplacedUnderLoad_LoseNoRequest()
    {
        await using FakeKubernetes kubernetes = await FakeKubernetes.StartAsync();
        List<WitnessInstance> pods = [];
        try
        {
            for (int i = 0; i < Pods; i++)
            {
                pods.Add(await ComeAsync(kubernetes, $"old-{i}"));
            }

            await using TestGateway gateway = await TestGateway.StartInClusterAsync(
                TestOptions.For(new ServiceOptions { Discovery = new DiscoveryOptions { Kind = DiscoveryKind.Kubernetes, Service = "svc" } }), kubernetes.Options);
            await RealTime.UntilAsync(() => InstancesOf(gateway).Length == Pods, TimeSpan.FromSeconds(30));
            using var load = new OpenLoad(gateway);
            (await load.RunAsync(Rate / 2, TimeSpan.FromSeconds(1))).Failed.Should().Be(0);

            // As long as it takes, and a little longer: the last one is to be asked too.
            Task<TimeSpan[]> replacing = ReplaceAsync(kubernetes, gateway, pods);
            LoadResult result = await load.RunAsync(Rate, TimeSpan.FromSeconds(1));
            for (bool goesOn = true; goesOn;)
            {
                goesOn = !replacing.IsCompleted;
                LoadResult more = await load.RunAsync(Rate, TimeSpan.FromSeconds(1));
                result = result with { Shots = [.. result.Shots, .. more.Shots] };
            }

            TimeSpan[] took = await replacing;
            output.WriteLine($"[chaos] {Pods} pods replaced under {Rate}/s: {result.Figures}; event to snapshot, sorted: "
                + string.Join(", ", took.Order().Select(static one => $"{one.TotalMilliseconds:0} ms")));
            result.Failed.Should().Be(0, result.Outcomes);
            pods.Skip(Pods).Should().OnlyContain(static pod => pod.Arrivals.Count > 0);
            kubernetes.Wrong.Should().BeEmpty();
            took.Order().ElementAt(took.Length / 2).Should().BeLessThan(ChaosForm.IsLong ? Bound : Bound * 8);
        }
        finally
        {
            foreach (WitnessInstance pod in pods)
            {
                await pod.DisposeAsync();
            }
        }
    }

    /// <returns>How long each change took to be in force.</returns>
    private static async Task<TimeSpan[]> ReplaceAsync(FakeKubernetes kubernetes, TestGateway gateway, List<WitnessInstance> pods)
    {
        var took = new List<TimeSpan>();
        for (int i = 0; i < Pods; i++)
        {
            WitnessInstance next = await ComeAsync(kubernetes, $"new-{i}");
            pods.Add(next);
            took.Add(await RealTime.UntilAsync(() => InstancesOf(gateway).Contains(new Uri(next.Url).Authority), TimeSpan.FromSeconds(30)));

            // A pod that closes its port in the moment in which it is told to end is too soon for everyone who asks it: it is given the time that
            // the news may take.
            WitnessInstance leaving = pods[i];
            string address = new Uri(leaving.Url).Authority;
            kubernetes.Set(SliceOf(leaving, "draining"));
            Task grace = RealTime.PassesAsync(Bound);
            took.Add(await RealTime.UntilAsync(() => !InstancesOf(gateway).Contains(address), TimeSpan.FromSeconds(30)));
            await grace;
            await leaving.FinishAsync();
            kubernetes.Delete("slice-" + leaving.Name);
            await RealTime.PassesAsync(Pause);
        }

        return [.. took];
    }

    private static async Task<WitnessInstance> ComeAsync(FakeKubernetes kubernetes, string name)
    {
        WitnessInstance pod = await WitnessInstance.StartAsync(name, null);
        kubernetes.Set(SliceOf(pod, "ready"));
        return pod;
    }

    private static System.Text.Json.Nodes.JsonObject SliceOf(WitnessInstance pod, string state) =>
        Slices.Of($"slice-{pod.Name}", "IPv4", new Uri(pod.Url).Port, (pod.Name, "127.0.0.1", state));

    private static string[] InstancesOf(TestGateway gateway) =>
        [.. gateway.Server.Pipeline.Parts.Services[0].Instances.Select(static instance => instance.Name)];
}
