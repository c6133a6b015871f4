using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Chaos;

/// <summary>A gateway before instances, each behind a wire that can be bent, and a load on the gateway.</summary>
internal sealed class ChaosScene : IAsyncDisposable
{
    private bool _isGatewayGone;

    private ChaosScene(WitnessInstance[] instances, FaultRelay[] relays, TestGateway gateway, Func<int, LoadRequest>? request)
    {
        (Instances, Relays, Gateway) = (instances, relays, gateway);
        Load = new OpenLoad(gateway) { Request = request ?? (static _ => LoadRequest.Get) };
    }

    public WitnessInstance[] Instances { get; }

    public FaultRelay[] Relays { get; }

    public TestGateway Gateway { get; }

    public OpenLoad Load { get; }

    /// <summary>Requests that reached an instance.</summary>
    public int Arrivals => Instances.Sum(static instance => instance.Arrivals.Count);

    /// <summary>What the gateway believes about its instances, for the figures.</summary>
    public string Beliefs => string.Join(", ", Believed.Select(static instance =>
        $"{instance.Health.Status} {(instance.Breaker.State == CircuitState.Closed ? "" : instance.Breaker.State + " ")}{instance.InFlight} in flight"));

    /// <summary>Requests at the instances, as the gateway counts them.</summary>
    public int InFlight => Believed.Sum(static instance => instance.InFlight);

    private ServiceInstance[] Believed => Gateway.Server.Pipeline.Parts.Services[0].Instances;

    /// <param name="instances">How many; each name is its number.</param>
    /// <param name="service">How the gateway treats them; defaults are what is tested.</param>
    /// <param name="change">Of what else the gateway does.</param>
    /// <param name="request">What the load sends; GETs if it is not said.</param>
    /// <param name="places">Requests that an instance works on at once.</param>
    public static async Task<ChaosScene> StartAsync(
        int instances, ServiceOptions service, Func<GatewayOptions, GatewayOptions>? change = null, Func<int, LoadRequest>? request = null, int? places = null)
    {
        WitnessInstance[] witnesses = await Task.WhenAll(Enumerable.Range(0, instances).Select(number => WitnessInstance.StartAsync($"{number}", places)));
        FaultRelay[] relays = [.. witnesses.Select(static witness => FaultRelay.To(witness.Url))];
        GatewayOptions options = TestOptions.For(service, [.. relays.Select(static relay => relay.Url)]);
        return new ChaosScene(witnesses, relays, await TestGateway.StartHereAsync(change?.Invoke(options) ?? options), request);
    }

    /// <summary>A second of load in which everything is made that is made once: code, connections.</summary>
    public async Task WarmUpAsync()
    {
        LoadResult result = await Load.RunAsync(100, TimeSpan.FromSeconds(1));
        result.Failed.Should().Be(0, "nothing is wrong yet: {0}", result.Outcomes);
        Forget();
    }

    /// <summary>Drops what the instances and the log remember.</summary>
    public void Forget()
    {
        foreach (WitnessInstance instance in Instances)
        {
            instance.Forget();
        }

        Gateway.Forget();
    }

    /// <summary>Managed bytes in use once all that nobody holds is gone; with the instances and clients, which are of this process too.</summary>
    public long Memory()
    {
        Forget();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>Attempts that the gateway made for requests of the load, from its log.</summary>
    public async Task<int> AttemptsAsync()
    {
        await RealTime.UntilAsync(() => Gateway.ActiveRequests == 0, TimeSpan.FromSeconds(10));
        return Gateway.AccessLines.Sum(static line => line.GetProperty("attempts").GetInt32());
    }

    /// <summary>The gateway goes, the rest stays: what it still held is let go.</summary>
    public async Task EndGatewayAsync()
    {
        if (!_isGatewayGone)
        {
            _isGatewayGone = true;
            await Gateway.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Load.Dispose();
        await EndGatewayAsync();
        foreach (FaultRelay relay in Relays)
        {
            await relay.DisposeAsync();
        }

        foreach (WitnessInstance instance in Instances)
        {
            await instance.DisposeAsync();
        }
    }
}
