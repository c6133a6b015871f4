using System.Globalization;
using BenchmarkDotNet.Attributes;
using Gateway.Core.Backends;
using Gateway.Core.LoadBalancing;

namespace Gateway.Benchmarks.Micro;

/// <summary>The choice of an instance, its breaker asked.</summary>
[MemoryDiagnoser]
public class InstanceSelectorBenchmarks
{
    private InstanceSelector _selector = null!;

    [Params(1, 100)]
    public int Instances { get; set; }

    [Params(LoadBalancingPolicy.RoundRobin, LoadBalancingPolicy.LeastConnections, LoadBalancingPolicy.PowerOfTwoChoices)]
    public LoadBalancingPolicy Policy { get; set; }

    [GlobalSetup]
    public void Build() => _selector = new InstanceSelector(new BackendService("product", 0, new ServiceOptions
    {
        LoadBalancing = Policy,
        Instances = [.. Enumerable.Range(1, Instances).Select(static n => new InstanceOptions { Url = string.Create(CultureInfo.InvariantCulture, $"http://10.0.0.{n}:80") })],
    }, TimeProvider.System));

    [Benchmark]
    public void Select() => _selector.Select().Instance!.Limit.Leave();
}
