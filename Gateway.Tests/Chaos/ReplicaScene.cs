using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Tests.Kit;
using StackExchange.Redis;

namespace Gateway.Tests.Chaos;

/// <summary>Several gateways as processes, one redis-server behind a wire that can be bent, one instance, and a load on each gateway.</summary>
internal sealed class ReplicaScene : IAsyncDisposable
{
    public const int Replicas = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20), WarmUp = TimeSpan.FromSeconds(2);

    private readonly ConfigurationFiles _files = new();
    private readonly HttpMessageInvoker _admin = TestGateway.NewClient();
    private readonly GatewayProcess?[] _processes = new GatewayProcess?[Replicas];
    private readonly Uri[] _admins = new Uri[Replicas];
    private readonly OpenLoad?[] _loads = new OpenLoad?[Replicas];
    private ConnectionMultiplexer? _redis;

    private ReplicaScene(WitnessInstance instance, RedisProcess server, FaultRelay wire) => (Instance, Server, Wire) = (instance, server, wire);

    public WitnessInstance Instance { get; }

    public RedisProcess Server { get; }

    public FaultRelay Wire { get; }

    /// <param name="capacity">Of the one limit, by address: all of a scene's requests have one bucket.</param>
    /// <param name="perSecond">Its rate.</param>
    public static async Task<ReplicaScene> StartAsync(long capacity, double perSecond)
    {
        RedisProcess server = await RedisProcess.StartAsync();
        var scene = new ReplicaScene(await WitnessInstance.StartAsync("one"), server, FaultRelay.To($"http://{server.Address}"));
        try
        {
            await scene.BeginAsync(capacity, perSecond);
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    private async Task BeginAsync(long capacity, double perSecond)
    {
        _files.Write("gateway.json", string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "Kestrel": { "Endpoints": { "Public": { "Url": "http://127.0.0.1:0" } } },
              "Gateway": {
                "Admin": { "Url": "http://127.0.0.1:0" },
                "Services": { "svc": { "Instances": [ { "Url": "{{Instance.Url}}" } ] } },
                "Routes": { "all": { "Pattern": "/{**rest}", "Service": "svc", "Auth": "Anonymous" } },
                "RateLimits": { "ip": { "Key": "Ip", "Capacity": {{capacity}}, "RefillPerSecond": {{perSecond}} } },
                "DefaultRateLimits": [ "ip" ],
                "RateLimitStore": { "Kind": "Redis", "Redis": "127.0.0.1:{{Wire.Port}}" },
                "Shutdown": { "DrainDelay": "00:00:00.500" }
              }
            }
            """));
        await Task.WhenAll(Enumerable.Range(0, Replicas).Select(StartGatewayAsync));
        _redis = await ConnectionMultiplexer.ConnectAsync($"{Server.Address},allowAdmin=true,abortConnect=false");
        await UntilNormalAsync(Patience);

        // Programs that compile what they run for the first time are not what is measured.
        await LoadAsync([.. Enumerable.Repeat(50.0, Replicas)], WarmUp);
        Instance.Forget();
    }

    /// <summary>Loads each gateway with its share, at once.</summary>
    /// <param name="shares">Requests a second for each.</param>
    /// <param name="duration">How long.</param>
    public async Task<LoadResult[]> LoadAsync(IReadOnlyList<double> shares, TimeSpan duration) =>
        await Task.WhenAll(_loads.Select((load, at) => load!.RunAsync(shares[at], duration)));

    /// <summary>A new process takes a gateway's place; the old one drains.</summary>
    public async Task ReplaceAsync(int at)
    {
        (GatewayProcess leaving, OpenLoad before) = (_processes[at]!, _loads[at]!);
        await StartGatewayAsync(at);
        await leaving.TerminateAsync();
        (await leaving.EndAsync()).ExitCode.Should().Be(0);
        await leaving.DisposeAsync();
        before.Dispose();
    }

    /// <summary>Until every gateway sees all others and waits for the store again; returns how long that took.</summary>
    public Task<TimeSpan> UntilNormalAsync(TimeSpan patience) => UntilAllAsync(
        static metrics => Value(metrics, "gateway_rate_limit_store_degraded") == 0 && Value(metrics, "gateway_rate_limit_replicas") >= Replicas, patience);

    /// <summary>Scripts run by the server so far.</summary>
    public async Task<long> ScriptsAsync()
    {
        string stats = (await _redis!.GetServer(Server.Address).InfoRawAsync("commandstats")) ?? "";
        return Regex.Matches(stats, "^cmdstat_eval(sha)?:calls=(?<calls>[0-9]+)", RegexOptions.Multiline)
            .Sum(static match => long.Parse(match.Groups["calls"].Value, CultureInfo.InvariantCulture));
    }

    public Task ExecuteAsync(string command, params string[] arguments) => _redis!.GetServer(Server.Address).ExecuteAsync(command, [.. arguments]);

    /// <summary>The instance's arrivals between two times, most and fewest in any window of this length, by steps of a tenth of it.</summary>
    public (int Fewest, int Most) Windows(long since, TimeSpan from, TimeSpan until, TimeSpan length)
    {
        TimeSpan[] arrivals = [.. Instance.Arrivals.Select(arrival => TimeProvider.System.GetElapsedTime(since, arrival.At)).Order()];
        int[] counts =
        [
            .. Enumerable.Range(0, (int)Math.Floor((until - from - length) / (length / 10)) + 1).Select(step => from + (step * (length / 10)))
                .Select(start => arrivals.Count(at => at >= start && at < start + length)),
        ];
        return (counts.Min(), counts.Max());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (OpenLoad? load in _loads)
        {
            load?.Dispose();
        }

        foreach (GatewayProcess? process in _processes)
        {
            await (process?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        await (_redis?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Wire.DisposeAsync();
        await Server.DisposeAsync();
        await Instance.DisposeAsync();
        _admin.Dispose();
        _files.Dispose();
    }

    private static double Value(string metrics, string name) =>
        double.Parse(Regex.Match(metrics, $@"^{name}(\{{[^}}]*\}})? (?<value>[0-9.]+)", RegexOptions.Multiline).Groups["value"].Value, CultureInfo.InvariantCulture);

    private async Task StartGatewayAsync(int at)
    {
        GatewayProcess process = GatewayProcess.Start(_files.Root, "run", "--config", "gateway.json");
        _processes[at] = process;
        (Uri address, _admins[at]) = await process.ServingAsync();
        _loads[at] = new OpenLoad(address);
    }

    private async Task<TimeSpan> UntilAllAsync(Func<string, bool> isSo, TimeSpan patience)
    {
        long start = TimeProvider.System.GetTimestamp();
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (TimeProvider.System.GetElapsedTime(start) < patience)
        {
            string[] metrics = await Task.WhenAll(_admins.Select(ScrapeAsync));
            if (metrics.All(isSo))
            {
                break;
            }

            await again.WaitForNextTickAsync();
        }

        return TimeProvider.System.GetElapsedTime(start);
    }

    private async Task<string> ScrapeAsync(Uri admin)
    {
        using HttpResponseMessage response = await _admin.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(admin, "/metrics")), CancellationToken.None);
        return await response.Content.ReadAsStringAsync();
    }
}
